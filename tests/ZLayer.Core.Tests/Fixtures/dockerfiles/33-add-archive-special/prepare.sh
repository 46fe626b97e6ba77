mkdir -p t/sub t/link2
printf n > t/replaced; printf s > t/setuid; chmod 4711 t/setuid; mkfifo t/pipe; mknod t/zero c 1 5
printf q > t/sub/q; chmod 2775 t/sub; chmod 1777 t/link2
tar --sort=name --owner=1001:1001 --group=1002:1002 --mtime=@1000000000 --format=pax -cf context/tree.tar -C t .
rm -r t
