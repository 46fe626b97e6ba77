ln context/tree/a.txt context/tree/b.txt
ln context/tree/a.txt context/tree/sub/c.txt
