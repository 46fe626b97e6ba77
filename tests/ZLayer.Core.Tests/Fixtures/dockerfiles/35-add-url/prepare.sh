printf a > a
tar --owner=0:0 --group=0:0 --numeric-owner --mode=0644 --mtime=@1000000000 --format=ustar -cf www/archive.tar a
rm a
