# What a container sees of itself, a fact a line: `name: value`. Runs in busybox's sh, under any engine.
say() { echo "$1: $(printf '%s' "$2" | tr '\n\t' '; ')"; }
read_file() { if [ -e "$1" ]; then say "$2" "$(cat "$1" 2>&1)"; else say "$2" absent; fi; }

for name in Uid Gid Groups CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs Seccomp SigBlk SigIgn SigCgt CoreDumping; do
    say "status $name" "$(sed -n "s/^$name:[[:space:]]*//p" /proc/self/status)"
done
for name in mnt pid net ipc uts cgroup user; do say "namespace $name" "$(readlink /proc/self/ns/$name)"; done
sed -n '2,$p' /proc/self/limits | while read -r line; do say "limit $(echo "$line" | cut -c1-26 | sed 's/ *$//')" "$(echo "$line" | cut -c27-)"; done
env | sort | while read -r line; do say "env ${line%%=*}" "${line#*=}"; done
say directory "$(pwd)"
say umask "$(umask)"
say hostname "$(hostname)"
names=
for path in /proc/$$/fd/*; do names="$names ${path##*/}"; done
say descriptors "$names"
say processes "$(ls /proc | grep -c '^[0-9]*$' | awk '{ print ($1 < 10) ? "few" : "many" }')"
read_file /proc/self/oom_score_adj oom_score_adj
read_file /proc/sys/kernel/domainname domainname
read_file /proc/sys/kernel/shmmax shmmax
read_file /proc/sys/net/core/somaxconn somaxconn
read_file /proc/sys/net/ipv4/ip_unprivileged_port_start port_start
read_file /proc/sys/net/ipv4/ping_group_range ping_group_range
for path in /proc/sys/kernel/shmmax /proc/sysrq-trigger /proc/irq /proc/bus /sys/kernel /sys/fs/cgroup / /etc/hosts /etc/resolv.conf /etc/hostname; do
    say "writable $path" "$(if [ -w "$path" ]; then echo yes; else echo no; fi)"
done
for path in /proc/acpi /proc/asound /proc/interrupts /proc/kcore /proc/keys /proc/latency_stats /proc/sched_debug /proc/scsi \
    /proc/timer_list /proc/timer_stats /sys/devices/virtual/powercap /sys/firmware; do
    if [ -d "$path" ]; then say "hidden $path" "$(ls -A "$path" | wc -l) entries"
    elif [ -e "$path" ]; then say "hidden $path" "$(head -c 10 "$path" 2>/dev/null | wc -c) bytes"; fi
done
awk '{ dash = 0; for (i = 7; i <= NF; i++) if ($i == "-") dash = i; tags = ""; for (i = 7; i < dash; i++) tags = tags " " $i
    print "mount " $5 ": " $6 tags " " $(dash + 1) " " $(dash + 2) " " $(dash + 3) }' /proc/self/mountinfo
find /dev -not -path '/dev/pts/*' -not -path '/dev/shm/*' | sort | while read -r path; do
    if [ -L "$path" ]; then say "device $path" "$(readlink "$path")"; else say "device $path" "$(stat -c '%F %a %u:%g %t:%T' "$path")"; fi
done
for file in memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes memory/memory.soft_limit_in_bytes memory/memory.swappiness \
    memory/memory.oom_control cpu/cpu.shares cpu/cpu.cfs_period_us cpu/cpu.cfs_quota_us cpu/cpu.rt_runtime_us cpuset/cpuset.cpus \
    cpuset/cpuset.mems pids/pids.max blkio/blkio.throttle.read_bps_device blkio/blkio.throttle.write_bps_device \
    blkio/blkio.throttle.read_iops_device blkio/blkio.throttle.write_iops_device memory.max memory.swap.max memory.low cpu.weight cpu.max \
    cpuset.cpus cpuset.mems pids.max io.max io.weight; do
    [ -e "/sys/fs/cgroup/$file" ] && say "cgroup $file" "$(grep -v '^oom_kill \|^under_oom ' "/sys/fs/cgroup/$file")"
done
[ -e /sys/fs/cgroup/devices/devices.list ] && sort /sys/fs/cgroup/devices/devices.list | while read -r line; do say "device rule $line" yes; done
sed 's/^[0-9]*://' /proc/self/cgroup | sort | while read -r line; do say "group ${line%%:*}" "${line#*:}"; done
say init "$(tr '\0' ' ' < /proc/1/cmdline | head -c 12)"
