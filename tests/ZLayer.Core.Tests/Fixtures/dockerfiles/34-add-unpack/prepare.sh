mkdir -p t && printf a > t/a
tar --sort=name --owner=0:0 --group=0:0 --numeric-owner --mode=0644 --mtime=@1000000000 --format=ustar -cf context/tree.tar -C t a
rm -r t
