cd context
printf x > 'späße-日本.txt'
printf x > ' leading space'
printf x > '-dash'
printf x > 'back\slash'
printf x > 'quote"s'
printf x > 'dollar$HOME'
printf x > 'star*name'
printf 'x' > "$(printf 'new\nline')"
printf x > '#hash'
printf x > 'trailing '
mkdir '.hidden' && printf x > '.hidden/..double'
