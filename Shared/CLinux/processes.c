// Processes and namespaces: see the header for the contracts.
#include "processes.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int checked(long result) { return result < 0 ? -errno : (int)result; }

int clinux_fork_into(uint64_t namespaces, int cgroup, int *pidfd) {
    struct clone_args arguments = {
        .flags = namespaces | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = SIGCHLD,
    };
    if (cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = (uint64_t)cgroup;
    }
    return checked(syscall(SYS_clone3, &arguments, sizeof(arguments)));
}

int clinux_fork(void) { return checked(syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL)); }

int clinux_setns(int descriptor, int namespaces) { return checked(setns(descriptor, namespaces)); }
int clinux_unshare(int namespaces) { return checked(unshare(namespaces)); }
int clinux_pidfd_open(int pid) { return checked(syscall(SYS_pidfd_open, pid, 0)); }
int clinux_pidfd_send_signal(int pidfd, int signal) { return checked(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0)); }

int clinux_set_parent_death_signal(int signal) { return checked(prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)); }
int clinux_set_dumpable(int dumpable) { return checked(prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0)); }
int clinux_set_no_new_privileges(void) { return checked(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }
int clinux_set_keep_capabilities(int keep) { return checked(prctl(PR_SET_KEEPCAPS, keep, 0, 0, 0)); }
int clinux_set_child_subreaper(void) { return checked(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)); }
int clinux_drop_bounding_capability(int capability) { return checked(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)); }
int clinux_clear_ambient_capabilities(void) { return checked(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)); }

int clinux_set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2];
    for (int half = 0; half < 2; half++) {
        data[half].effective = (uint32_t)(effective >> (32 * half));
        data[half].permitted = (uint32_t)(permitted >> (32 * half));
        data[half].inheritable = (uint32_t)(inheritable >> (32 * half));
    }
    return checked(syscall(SYS_capset, &header, data));
}

int clinux_permitted_capabilities(uint64_t *permitted) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0) return -errno;
    *permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
    return 0;
}

// To the kernel it means that nothing is to be changed, and root would stay root.
static int is_no_id(uint32_t id) { return id == UINT32_MAX; }

int clinux_set_groups(const uint32_t *groups, size_t count) {
    for (size_t index = 0; index < count; index++) {
        if (is_no_id(groups[index])) return -EINVAL;
    }
    return checked(syscall(SYS_setgroups, count, groups));
}
int clinux_set_group(uint32_t gid) { return is_no_id(gid) ? -EINVAL : checked(syscall(SYS_setresgid, gid, gid, gid)); }
int clinux_set_user(uint32_t uid) { return is_no_id(uid) ? -EINVAL : checked(syscall(SYS_setresuid, uid, uid, uid)); }

enum { KERNEL_SIGNALS = 64 };

struct kernel_action {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
};

uint64_t clinux_ignored_signals(void) {
    uint64_t ignored = 0;
    struct kernel_action action;
    for (int number = 1; number <= KERNEL_SIGNALS; number++) {
        if (syscall(SYS_rt_sigaction, number, NULL, &action, sizeof action.mask) < 0) continue;
        if (action.handler == (void *)SIG_IGN) ignored |= 1ULL << (number - 1);
    }
    return ignored;
}

int clinux_reset_signals(uint64_t which) {
    // By the calls themselves: the C library refuses the two signals that it keeps for itself.
    const struct kernel_action standard = {0};
    for (int number = 1; number <= KERNEL_SIGNALS; number++) {
        if (which >> (number - 1) & 1) syscall(SYS_rt_sigaction, number, &standard, NULL, sizeof standard.mask);
    }
    const uint64_t none = 0;
    return checked(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none));
}

int clinux_set_resource_limit(int resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
    return checked(setrlimit((__rlimit_resource_t)resource, &limit));
}

int clinux_raise_descriptor_limit(uint64_t *soft, uint64_t *hard) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    *soft = limit.rlim_cur;
    *hard = limit.rlim_max;
    limit.rlim_cur = limit.rlim_max;
    return checked(setrlimit(RLIMIT_NOFILE, &limit));
}

int clinux_close_on_exec_from(uint32_t first) { return checked(syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC)); }
int clinux_close_from(uint32_t first) { return checked(syscall(SYS_close_range, first, ~0U, 0)); }

int clinux_close_all_but(int kept) {
    if (kept < CLINUX_FIRST_OWN) return -EBADF;
    if (kept > CLINUX_FIRST_OWN && syscall(SYS_close_range, CLINUX_FIRST_OWN, kept - 1, 0) < 0) return -errno;
    return clinux_close_from((uint32_t)kept + 1);
}

int clinux_check_directory(void) {
    char path[PATH_MAX];
    // Not by the C library, which goes on looking for a name where the kernel has none.
    if (syscall(SYS_getcwd, path, sizeof path) < 0) return errno == ENOENT ? -EXDEV : -errno;
    return path[0] == '/' ? 0 : -EXDEV;
}

int clinux_duplicate(int descriptor, int onto) {
    if (descriptor == onto) return checked(fcntl(descriptor, F_SETFD, 0));
    return checked(dup2(descriptor, onto));
}

int clinux_set_hostname(const char *name, size_t length) { return checked(sethostname(name, length)); }
int clinux_set_domainname(const char *name, size_t length) { return checked(setdomainname(name, length)); }

int clinux_seccomp_install(const void *filter, uint16_t count, uint32_t flags) {
    struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)filter};
    return checked(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
}

int clinux_message_pair(int descriptors[2]) { return checked(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, descriptors)); }

int clinux_message_send(int socket, const void *bytes, size_t count, int descriptor) {
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(head), &descriptor, sizeof(int));
    }
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

ssize_t clinux_message_receive(int socket, void *bytes, size_t capacity, int *descriptor) {
    struct iovec part = {.iov_base = bytes, .iov_len = capacity};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes)};
    *descriptor = -1;
    ssize_t received;
    do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    if (received < 0) return -errno;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
        if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS) memcpy(descriptor, CMSG_DATA(head), sizeof(int));
    }
    return received;
}

int clinux_is_hung_up(int socket) {
    struct pollfd waited = {.fd = socket};
    return poll(&waited, 1, 0) > 0 && (waited.revents & (POLLHUP | POLLERR)) ? 1 : 0;
}

int clinux_wait_any(int nohang, int *status) {
    pid_t pid;
    do pid = waitpid(-1, status, nohang ? WNOHANG : 0);
    while (pid < 0 && errno == EINTR);
    return checked(pid);
}

int clinux_block_signals(void) {
    sigset_t all;
    sigfillset(&all);
    return checked(sigprocmask(SIG_SETMASK, &all, NULL));
}

void clinux_set_process_name(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
    // The arguments lie one behind the other, and the environment follows.
    char *start = program_invocation_name;
    size_t length = strlen(start);
    if (environ && environ[0] > start && environ[0] < start + 65536) length = (size_t)(environ[0] - start);
    memset(start, 0, length);
    strncpy(start, name, length > 0 ? length - 1 : 0);
}

int clinux_wait_signal(void) {
    sigset_t all;
    sigfillset(&all);
    int number;
    do number = sigwaitinfo(&all, NULL);
    while (number < 0 && errno == EINTR);
    return checked(number);
}
