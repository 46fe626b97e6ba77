mkdir -p t/in && printf a > t/a && printf b > t/in/b
tar --sort=name --owner=12:12 --group=34:34 --mtime=@1000000000 -cf plain.tar -C t .
zstd -q plain.tar -o context/tree.tar.zst
rm -r t plain.tar
