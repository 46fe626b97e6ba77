ln -s target.txt context/link-to-file
ln -s real context/link-to-dir
ln -s file.txt context/tree/inner-link
ln -s ../real context/tree/dir-link
ln -s missing context/tree/dangling
ln -s /etc/passwd context/tree/absolute
