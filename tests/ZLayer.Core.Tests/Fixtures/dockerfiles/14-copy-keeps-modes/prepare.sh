chmod 0600 context/secret.txt
chmod 0755 context/tool
chmod 4755 context/setuid
chmod 0700 context/dir
chmod 1777 context/open
chmod 0444 context/open/file.txt
