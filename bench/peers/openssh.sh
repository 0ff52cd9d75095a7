#!/bin/bash
# openssh.sh FOLDER COUNT SALT PARALLEL: one ready script per host through OpenSSH's own client.
set -euo pipefail
folder=$1 salt=$3
export folder salt
one() {
  {
    printf 'set -e\nmkdir -p /etc/bench\nchmod 755 /etc/bench\n'
    number=0
    for word in one two three four five; do
      number=$((number + 1))
      printf "printf %%s '%s %s\n%s\n' > /etc/bench/f%s.conf\nchmod 644 /etc/bench/f%s.conf\n" $word "$1" "$salt" $number $number
    done
    echo true
  } | ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$folder/known_hosts" \
    -o IdentitiesOnly=yes -i "$folder/id" "root@$1" sh -s
}
export -f one
head -n "$2" "$folder/hosts" | xargs -P "$4" -I{} bash -c 'one {}'
