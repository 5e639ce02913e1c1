// Commands about images and volumes, right and wrong, that a comparison gives to two engines.

enum ImageCommandForms {
    /// Runs each in an engine with the image busybox. `$D`: an empty directory; `$CLIENT`: the client.
    static let script = #"""
        cd "$D" || exit 1
        run() {
          echo "## $1"
          out=$(eval "${1//docker /$CLIENT }" 2>errors)
          echo "status $?"
          printf '%s\n' "$out"
          sed 's/^/! /' errors
        }
        quiet() { eval "$CLIENT $1" >/dev/null 2>&1; }
        mkdir -p root/etc && echo x > root/etc/x && tar -C root -cf root.tar .
        quiet "volume create --label group=cmp cmp1"
        quiet "volume create --label group=cmp --label a=b cmp2"
        quiet "create --name cmp-user -v cmp1:/data -v cmp2:/ro:ro busybox true"
        while read -r form; do run "$form" < /dev/null; done <<'FORMS'
        docker volume create cmp1
        docker volume ls -f label=group=cmp
        docker volume ls -q -f label=group=cmp -f name=1
        docker volume ls -q -f label=a=c
        docker volume ls -q -f label=group -f dangling=true
        docker volume ls -q -f driver=other
        docker volume ls -f dangling=maybe
        docker volume ls -f unheard=of
        docker volume inspect -f '{{json .Labels}} {{json .Options}} {{.Scope}} {{.Driver}}' cmp1 cmp2 cmp3
        docker volume rm cmp1
        docker volume rm -f cmp1
        docker volume rm cmp3
        docker volume rm -f cmp3
        docker volume create 'bad name'
        docker volume create x
        docker volume create -d nodriver cmp4
        docker volume create -o size=10m cmp4
        docker volume create -o color=red cmp4
        docker volume create -o type=tmpfs cmp4
        docker volume create -o type=nfs -o o=addr=192.0.2.1 cmp4
        docker volume create -o type=tmpfs -o device=tmpfs -o o=size=1m,unheard=of cmp5
        docker run --rm -v cmp5:/x busybox true
        docker volume create -o type=none -o o=bind -o device=/no/such cmp6
        docker run --rm -v cmp6:/x busybox true
        docker volume create -o type=nosuchfs -o device=x cmp7
        docker run --rm -v cmp7:/x busybox true
        docker volume rm cmp5 cmp6 cmp7
        docker run --rm -v cmp1:/a -v cmp2:/a busybox true
        docker run --rm -v relative/path:/a busybox true
        docker run --rm -v cmp1:a busybox true
        docker run --rm -v :/a busybox true
        docker run --rm -v cmp1:/a:other busybox true
        docker run --rm -v cmp1:/a:ro,rw busybox true
        docker run --rm --mount type=volume,target=/a,readonly busybox true
        docker run --rm --volumes-from nobody busybox true
        docker run --rm --volumes-from cmp-user:zz busybox true
        docker run --rm --volumes-from cmp-user busybox sh -c 'touch /data/x /ro/x'
        docker inspect -f '{{range .Mounts}}{{.Type}} {{.Name}} {{.Mode}} {{.RW}} {{.Driver}}{{println}}{{end}}' cmp-user | sort
        docker ps -aq -f volume=cmp1
        docker ps -aq -f volume=/data
        docker ps -aq -f volume=/nope
        docker volume prune -f --filter unheard=of
        docker volume prune -f --filter label=cmp=none
        docker import -c 'CMD ["x"]' -c 'EXPOSE 80' -m why root.tar cmp:1
        docker image inspect -f '{{json .Config.Cmd}} {{json .Config.ExposedPorts}} {{.Comment}} {{.Os}} {{.Parent}}' cmp:1
        docker history --format '{{.CreatedBy}}|{{.Comment}}|{{.Size}}' cmp:1
        docker import -c 'UNHEARD of' root.tar cmp:2
        docker import -c CMD root.tar cmp:2
        docker import root.tar 'Bad:1'
        docker import --platform windows/amd64 root.tar cmp:2
        docker import --platform a/b/c/d root.tar cmp:2
        docker tag cmp:1 cmp/other:2
        docker tag cmp:1 'Bad:1'
        docker tag cmp:1 'x:'
        docker tag nope:1 x:1
        docker images --format '{{.Repository}}:{{.Tag}} {{.Size}}' cmp | sort
        docker images -f reference='cmp/*'
        docker images -f reference='cmp:['
        docker images -q -f before=cmp:1 cmp
        docker images -f since=nope
        docker images -f dangling=maybe
        docker images -f unheard=of
        docker commit cmp-user cmp-child:1
        docker commit -c 'FROM x' cmp-user cmp-child:2
        docker commit cmp-user 'Bad:1'
        docker commit nobody x
        docker commit -c 'ENV B=2' -c 'LABEL x="y z"' -c 'ENTRYPOINT ["e"]' -c 'WORKDIR rel' -c 'USER 5' cmp-user cmp-child:3
        docker image inspect -f '{{json .Config.Env}} {{json .Config.Labels}} {{json .Config.Entrypoint}}' cmp-child:3
        docker image inspect -f '{{.Config.WorkingDir}} {{.Config.User}}' cmp-child:3
        docker rmi nope:1
        docker rmi cmp-child:1
        docker save nope:1
        docker load -q < root.tar
        docker push nope:1
        docker push cmp:1@sha256:1111111111111111111111111111111111111111111111111111111111111111
        docker image prune -f --filter unheard=of
        docker image prune -f --filter until=whenever
        docker image prune -f --filter label=cmp=none
        docker rmi cmp:1
        docker rmi -f cmp/other:2 cmp-child:3
        docker create --storage-opt size=10m busybox true
        docker create --storage-opt unheard=of busybox true
        docker rm cmp-user
        docker system df --format '{{.Type}} {{.TotalCount}} {{.Active}}' | grep -c .
        docker volume rm cmp1 cmp2
        FORMS
        """#
}
