export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z' GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com
umask 022
mkdir -p www && git init -q -b main work && cd work
mkdir sub && printf 1 > one && printf s > sub/s && printf '#!/bin/sh\n' > tool && chmod 755 tool && ln -s one link
git add -A && git commit -qm first && git tag v1
printf 2 > two && git add -A && git commit -qm second
cd .. && git clone -q --bare work www/project.git && git -C www/project.git update-server-info
rm -rf work
