mkdir -p t/in www && printf a > t/a && printf b > t/in/b
tar --sort=name --owner=12:12 --group=34:34 --mtime=@1000000000 -cf - -C t . | gzip -n > www/archive.tar.gz
rm -r t
