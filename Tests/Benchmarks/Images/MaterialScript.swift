// The shell commands that make the images, so that no engine has a hand in them.

enum MaterialScript {
    /// Arguments: directory, size and copy size in megabytes, count of small files, count of layers.
    static let text = #"""
        set -euo pipefail
        cd "$1"; size=$2; copy=$3; small=$4; layers=$5
        (find /usr/bin /usr/lib /usr/share -xdev -type f -size -20M -readable -printf '%s\t%p\n' || true) | LC_ALL=C grep -v "[\"'\\\\]" \
            | LC_ALL=C sort | LC_ALL=C sort -R --random-source=/dev/zero \
            | awk -F'\t' -v limit="$size"000000 '{ if (sum < limit) { print; sum += $1 } }' | LC_ALL=C sort -t $'\t' -k 2 \
            | awk -F'\t' -v limit="$size"000000 -v layers="$layers" \
                '{ n = int(sum * layers / limit); print $2 > ("list" (n < layers ? n : layers - 1)); sum += $1 }'
        image() { # name, reference, layers...
            local name=$1 reference=$2 diffs= files= layer; shift 2
            for layer in "$@"; do
                diffs="$diffs${diffs:+,}\"sha256:$(sha256sum < "${layer%.gz}" | cut -c1-64)\""; files="$files${files:+,}\"$layer\""
            done
            printf '{"architecture":"amd64","os":"linux","created":"2024-01-01T00:00:00Z","config":{"Cmd":["/bin/true"]},%s' \
                "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[$diffs]}}" > "$name.json"
            printf '[{"Config":"%s.json","RepoTags":["%s"],"Layers":[%s]}]' "$name" "$reference" "$files" > manifest.json
            tar -cf "$name.tar" "$@" "$name.json" manifest.json
        }
        all= ; zipped=
        for n in $(seq 0 $((layers - 1))); do
            tar -C / --numeric-owner -cPf "layer$n.tar" -T "list$n" --transform 's,^/,,'
            gzip -6 -n -k "layer$n.tar" & all="$all layer$n.tar"; zipped="$zipped layer$n.tar.gz"
            if [ $((n % 2)) = 1 ]; then wait; fi
        done
        wait
        image plain bench:latest $all; image gzip bench:latest $zipped
        gzip -1 -k plain.tar
        mkdir -p small payload
        for n in $(seq 0 $(((small - 1) / 100))); do
            mkdir "small/$n"
            head -c 153600 /dev/urandom | base64 -w 0 | split -b 2048 -a 2 - "small/$n/f"
        done
        tar --numeric-owner -cf small-layer.tar small; rm -r small
        image small small:latest small-layer.tar
        for n in $(seq 1 $(((copy + 9) / 10))); do
            tail -c +$((n * 10000000 % (size * 900000))) plain.tar | head -c 10000000 > "payload/$n" || [ $? = 141 ]
        done
        """#

    /// Arguments: directory, the registry's address.
    static let seeding = #"""
        set -euo pipefail
        cd "$1"; base="http://$2/v2/bench"
        digest() { echo "sha256:$(sha256sum < "$1" | cut -c1-64)"; }
        put() {
            local place; place=$(curl -fsS -X POST -D - -o /dev/null "$base/blobs/uploads/" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
            curl -fsS -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$1" "$place&digest=$(digest "$1")"
        }
        descriptor() { printf '{"mediaType":"%s","size":%d,"digest":"%s"}' "$1" "$(stat -c %s "$2")" "$(digest "$2")"; }
        type=application/vnd.docker
        put gzip.json; list=
        for layer in layer*.tar.gz; do
            put "$layer"; list="$list${list:+,}$(descriptor $type.image.rootfs.diff.tar.gzip "$layer")"
        done
        printf '{"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}' $type.distribution.manifest.v2+json \
            "$(descriptor $type.container.image.v1+json gzip.json)" "$list" > manifest.v2.json
        curl -fsS -o /dev/null -X PUT -H "Content-Type: $type.distribution.manifest.v2+json" --data-binary @manifest.v2.json \
            "$base/manifests/latest"
        """#
}
