mkdir -p t/in && printf a > t/a && printf b > t/in/b && ln -s a t/l && ln t/a t/h && chmod 0750 t/in
tar --sort=name --owner=12:12 --group=34:34 --mtime=@1000000000 -cf context/plain.tar -C t .
gzip -nc context/plain.tar > context/tree.tar.gz
bzip2 -c context/plain.tar > context/tree.tar.bz2
xz -c context/plain.tar > context/tree.tar.xz
cp context/tree.tar.gz context/wrong-name.dat
printf 'only compressed text\n' | gzip -nc > context/notes.txt.gz
rm -r t
