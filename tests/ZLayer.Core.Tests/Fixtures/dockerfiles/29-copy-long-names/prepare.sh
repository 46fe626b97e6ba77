cd context
n=$(printf 'n%.0s' $(seq 1 200)); printf long > "$n"
p=$(printf 'directory-number-%03d/' $(seq 1 20)); mkdir -p "$p"; printf deep > "${p}leaf.txt"
h=$(printf 'h%.0s' $(seq 1 100)); printf hundred > "$h"
ln -s "$n" link-to-long
ln "$n" hard-to-long
