// Every form of `docker cp` there is, as a shell script that tells what came of each.

enum CopyForms {
    /// Wants a directory `$D`, the client `$CLIENT` and its `DOCKER_HOST`. Before each form the container `cc` and the directories `here`
    /// and `out` are as new; after it come its status, what it said, and what is there then on both sides.
    static let script = #"""
        docker() { "$CLIENT" "$@"; }
        cd "$D"
        umask 022
        mkdir -p src/dir/sub seed/w/dir seed/w/full
        echo file > src/file; echo a > src/dir/a; echo b > src/dir/sub/b; chmod 750 src/dir/sub
        ln -s file src/link; ln -s nowhere src/broken
        chown -R 12:34 src/dir
        echo x > seed/w/dir/x; echo old > seed/w/file; echo y > seed/w/full/a
        ln -s /w/dir seed/w/link; ln -s /w/file seed/w/flink; ln -s /nowhere seed/w/broken; ln -s ../../../../../etc seed/w/out
        tar -C seed --owner 7 --group 8 -cf seed.tar w
        tar -C src -cf x.tar file dir
        form() {
            rm -rf out here; mkdir here; echo f > here/f
            docker rm -f cc > /dev/null 2>&1
            docker create --name cc -w /work/dir busybox true > /dev/null
            docker cp - cc:/ < seed.tar
            echo "## $1"
            (eval "$1") > out.txt 2>&1 < /dev/null; echo "status $?"
            # The client says this or not, as the race goes between its two ends.
            grep -v "Can.t \(add file\|close tar\)" out.txt | sed "s#$D#D#g"
            find out here none -printf '%p %y %m %U:%G %l\n' 2> /dev/null | LC_ALL=C sort
            docker export cc | tar -tvf - --numeric-owner \
                | awk '$6 ~ /^(w|work|relative|etc\/passwd|etc\/file|etc\/group)(\/|$)/ { print $1, $2, $3, $6, $7, $8 }' \
                | LC_ALL=C sort -k 4
        }
        while IFS= read -r line; do [ -z "$line" ] || form "$line"; done <<'FORMS'
        docker cp src/file cc:/w/new
        docker cp src/file cc:/w/dir
        docker cp src/file cc:/w/dir/
        docker cp src/file cc:/w/new/
        docker cp src/file cc:/w/file
        docker cp src/file cc:/w/file/
        docker cp src/file cc:/missing/new
        docker cp src/file cc:/missing/
        docker cp src/dir cc:/w/new
        docker cp src/dir cc:/w/new/
        docker cp src/dir cc:/w/dir
        docker cp src/dir/. cc:/w/dir
        docker cp src/dir/. cc:/w/new
        docker cp src/dir cc:/w/file
        docker cp src/dir/. cc:/w/file
        docker cp src/dir cc:/missing/new
        docker cp src/link cc:/w/l
        docker cp -L src/link cc:/w/l
        docker cp src/broken cc:/w/l
        docker cp -L src/broken cc:/w/l
        docker cp src/file cc:/w/link
        docker cp src/file cc:/w/link/
        docker cp src/file cc:/w/flink
        docker cp src/file cc:/w/broken
        docker cp src/dir cc:/w/link
        docker cp src/dir cc:/w/broken
        docker cp src/file cc:/w/out
        docker cp -a src/dir cc:/w/owned
        docker cp -a src/file cc:/w/dir
        docker cp src/missing cc:/w/
        docker cp src/file cc:
        docker cp src/file cc:relative
        docker cp src/file cc:.
        docker cp src/file cc:/w/full/a
        docker cp src/dir/a cc:/w/full
        docker cp cc:/w/file out
        docker cp cc:/w/dir out
        docker cp cc:/w/dir/ out
        docker cp cc:/w/dir/. out
        docker cp cc:/w/dir here
        docker cp cc:/w/dir/. here
        docker cp cc:/w/dir here/f
        docker cp cc:/w/link out
        docker cp -L cc:/w/link out
        docker cp cc:/w/link/ out
        docker cp cc:/w/link/. out
        docker cp cc:/w/flink out
        docker cp -L cc:/w/flink out
        docker cp cc:/w/broken out
        docker cp -L cc:/w/broken out
        docker cp cc:/w/file here
        docker cp cc:/w/file here/
        docker cp cc:/w/file here/f
        docker cp cc:/w/file none/
        docker cp cc:/w/file none/x
        docker cp cc:/w/file/ out
        docker cp cc:/w/missing out
        docker cp cc:/w/missing/x out
        docker cp cc:/w/out/group out
        docker cp -a cc:/w/dir out
        docker cp cc:/work/dir out
        docker cp cc:w/file out
        docker cp cc:/w/dir - | tar -tf -
        docker cp cc:/w/file - | tar -tf -
        docker cp cc:/w/link - | tar -tf -
        docker cp - cc:/w < x.tar
        docker cp - cc:/w/dir/ < x.tar
        docker cp - cc:/w/link < x.tar
        docker cp - cc:/w/file < x.tar
        docker cp - cc:/missing < x.tar
        docker cp - cc:/w < src/file
        docker cp -a - cc:/w < x.tar
        docker cp src/file none:/x
        docker cp none:/x out
        docker cp cc:/w/file cc:/w/copy
        docker cp cc:/ - | tar -tf - | grep -c .
        docker diff cc | LC_ALL=C sort
        FORMS
        docker rm -f cc > /dev/null 2>&1
        """#
}
