chmod 0755 context/tree/tool
chmod 0700 context/tree/in
