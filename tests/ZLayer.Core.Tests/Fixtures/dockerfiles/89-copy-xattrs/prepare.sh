setfattr -n user.note -v hello context/marked.txt
