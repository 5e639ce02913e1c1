// A further process in a container: see the header for the contracts.
#include "container_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "processes.h"
#include "system_call.h"

enum {
    CHILD_STACK = 64 * 1024,
    ASSISTANT_STACK = 16 * 1024,
    /// Between the caller's stack and those of others.
    STACK_GAP = 16 * 1024,
};

/// What the three processes share. All of it is on the caller's stack.
struct attempt {
    struct clinux_container_exec *plan;
    struct clone_args child;
    /// The kernel fills these in before the child runs.
    int pid;
    int pidfd;
    /// The kernel makes it 0, and wakes who waits for that, when the assistant has ended.
    uint32_t is_assisted;
};

// clone3(2) for a child that goes on in `run`, which doesn't return, on a stack of its own.
static long clone_into(struct clone_args *arguments, void (*run)(void *), void *context) {
#if defined(__x86_64__)
    long result;
    __asm__ volatile(
        "syscall\n\t"
        "test %%rax, %%rax\n\t"
        "jnz 1f\n\t"
        "mov %[context], %%rdi\n\t"
        "call *%[run]\n\t"
        "ud2\n"
        "1:"
        : "=a"(result)
        : "0"((long)SYS_clone3), "D"(arguments), "S"(sizeof *arguments), [run] "r"(run), [context] "r"(context)
        : "rcx", "r11", "cc", "memory");
    return result;
#elif defined(__aarch64__)
    register long number __asm__("x8") = SYS_clone3;
    register long first __asm__("x0") = (long)arguments;
    register long second __asm__("x1") = sizeof *arguments;
    __asm__ volatile(
        "svc #0\n\t"
        "cbnz x0, 1f\n\t"
        "mov x0, %[context]\n\t"
        "blr %[run]\n\t"
        "brk #0\n"
        "1:"
        : "+r"(first)
        : "r"(number), "r"(second), [run] "r"(run), [context] "r"(context)
        : "x30", "cc", "memory");
    return first;
#else
#error "no system calls for this processor"
#endif
}

int clinux_mark_file(const char *path, struct clinux_file_mark *mark) {
    struct stat found;
    memset(mark, 0, sizeof *mark);
    if (stat(path, &found) < 0) return errno == ENOENT ? 0 : -errno;
    mark->device = found.st_dev;
    mark->inode = found.st_ino;
    mark->size = found.st_size;
    mark->modified_seconds = found.st_mtim.tv_sec;
    mark->modified_nanoseconds = found.st_mtim.tv_nsec;
    mark->changed_seconds = found.st_ctim.tv_sec;
    mark->changed_nanoseconds = found.st_ctim.tv_nsec;
    return 0;
}

// Readable once the process that it stands for has ended.
static int has_ended(int pidfd) {
    struct pollfd waited = {.fd = pidfd, .events = POLLIN};
    return poll(&waited, 1, 0) > 0;
}

static int die_with(int parent) {
    clinux_set_parent_death_signal(SIGKILL);
    return has_ended(parent) ? -1 : 0;
}

static int score(const char *value) {
    if (!value) return 0;
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return -1;
    ssize_t written = write(file, value, strlen(value));
    close(file);
    return written < 0 ? -1 : 0;
}

static int enter(const struct clinux_container_exec *plan) {
    if (score(plan->oom_score) < 0) return -1;
    for (size_t index = 0; index < plan->cgroup_file_count; index++) {
        if (write(plan->cgroup_files[index], "0", 1) != 1) return -1;
    }
    return clinux_setns(plan->container, plan->namespaces);
}

static int is_unchanged(const char *path, const struct clinux_file_mark *known) {
    struct clinux_file_mark found;
    return clinux_mark_file(path, &found) == 0 && memcmp(&found, known, sizeof found) == 0;
}

static int connect_stdio(const struct clinux_container_exec *plan) {
    for (int target = 0; target < 3; target++) {
        if (dup2(plan->stdio[target], target) < 0) return -1;
    }
    return 0;
}

// Lets the user open these again by name. Refused for what isn't the container's.
static void give_stdio(uint32_t uid) {
    for (int target = 0; target < 3; target++) {
        struct stat file;
        if (fstat(target, &file) < 0 || file.st_uid == uid) continue;
        if (S_ISCHR(file.st_mode) && major(file.st_rdev) == 1) continue;
        (void)!fchown(target, uid, (gid_t)-1);
    }
}

static int limit(const struct clinux_container_exec *plan) {
    for (size_t index = 0; index < plan->limit_count; index++) {
        const struct clinux_resource_limit *wanted = &plan->limits[index];
        if (clinux_set_resource_limit(wanted->resource, wanted->soft, wanted->hard) < 0) return -1;
    }
    return 0;
}

static int become(const struct clinux_container_exec *plan) {
    for (int number = 0; number <= plan->highest_capability; number++) {
        if (plan->bounding >> number & 1) continue;
        int result = clinux_drop_bounding_capability(number);
        if (result < 0 && result != -EINVAL) return -1;
    }
    if (clinux_set_keep_capabilities(1) < 0 || clinux_set_groups(plan->groups, plan->group_count) < 0) return -1;
    if (clinux_set_group(plan->gid) < 0 || clinux_set_user(plan->uid) < 0) return -1;
    // The kernel may have opened the memory to the new user. It is the caller's, and so far only who has CAP_SYS_PTRACE on the host could
    // have looked at it: the caller starts nothing in this way where it knows of such a one.
    clinux_set_dumpable(0);
    if (clinux_set_keep_capabilities(0) < 0 || clinux_set_capabilities(plan->sealing, plan->sealing, 0) < 0) return -1;
    return plan->no_new_privileges ? clinux_set_no_new_privileges() : 0;
}

static const char *find(char *const *candidates) {
    for (; *candidates; candidates++) {
        struct stat file;
        if (stat(*candidates, &file) < 0 || S_ISDIR(file.st_mode)) continue;
        if (faccessat(AT_FDCWD, *candidates, X_OK, AT_EACCESS) == 0) return *candidates;
    }
    return NULL;
}

static int seal(const struct clinux_container_exec *plan) {
    if (plan->filter && clinux_seccomp_install(plan->filter, plan->filter_count, plan->filter_flags) < 0) return -1;
    if (plan->sealing == plan->capabilities) return 0;
    return clinux_set_capabilities(plan->capabilities, plan->capabilities, 0);
}

static void execute(struct clinux_container_exec *plan) {
    if (die_with(plan->parent) < 0 || enter(plan) < 0 || connect_stdio(plan) < 0) return;
    // What follows is looked up by names that the container chose. None of them finds the caller's files among this process's own.
    if (clinux_close_all_but(plan->parent) < 0) return;
    if (!is_unchanged("/etc/passwd", &plan->passwd) || !is_unchanged("/etc/group", &plan->group)) return;
    if (limit(plan) < 0) return;
    give_stdio(plan->uid);
    // Only the user may enter some directories, not root without its capabilities on a remote file system.
    int has_entered = chdir(plan->directory) == 0;
    umask(022);
    if (become(plan) < 0 || (!has_entered && chdir(plan->directory) < 0) || clinux_check_directory() < 0) return;
    const char *path = find(plan->candidates);
    if (!path || die_with(plan->parent) < 0) return;
    setsid();
    clinux_close_on_exec_from(CLINUX_FIRST_OWN);
    clinux_reset_signals(plan->ignored_signals);
    if (seal(plan) < 0) return;
    plan->is_executed = 1;
    execve(path, plan->arguments, plan->environment);
    plan->is_executed = 0;
}

static void run(void *plan) {
    execute(plan);
    _exit(1);
}

// Stopped by the kernel until the child has executed or ended: with CLONE_VFORK the child isn't taken for the caller when the container's
// memory runs out, and its score is its own. The child is the caller's all the same.
static void assist(void *context) {
    struct attempt *attempt = context;
    const struct clinux_container_exec *plan = attempt->plan;
    if (die_with(plan->parent) == 0 && clinux_setns(plan->container, CLINUX_NS_PID) == 0) {
        clone_into(&attempt->child, run, attempt->plan);
    }
    _exit(0);
}

static int start(struct attempt *attempt) {
    char here;
    uintptr_t top = ((uintptr_t)&here - STACK_GAP) & ~(uintptr_t)15;
    attempt->child = (struct clone_args){
        .flags = CLONE_VM | CLONE_VFORK | CLONE_PARENT | CLONE_PARENT_SETTID | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)&attempt->pidfd,
        .parent_tid = (uint64_t)(uintptr_t)&attempt->pid,
        .stack = top - ASSISTANT_STACK - CHILD_STACK,
        .stack_size = CHILD_STACK,
    };
    if (attempt->plan->cgroup >= 0) {
        attempt->child.flags |= CLONE_INTO_CGROUP;
        attempt->child.cgroup = (uint64_t)attempt->plan->cgroup;
    }
    struct clone_args assistant = {
        .flags = CLONE_VM | CLONE_FILES | CLONE_CHILD_CLEARTID,
        .child_tid = (uint64_t)(uintptr_t)&attempt->is_assisted,
        .exit_signal = SIGCHLD,
        .stack = top - ASSISTANT_STACK,
        .stack_size = ASSISTANT_STACK,
    };
    return (int)clone_into(&assistant, assist, attempt);
}

// Returns 0 once the assistant has ended, -1 when the time has passed. NULL is for ever.
static int await(struct attempt *attempt, const struct timespec *limit) {
    while (__atomic_load_n(&attempt->is_assisted, __ATOMIC_ACQUIRE)) {
        long result = quiet_call(SYS_futex, (long)&attempt->is_assisted, FUTEX_WAIT, 1, (long)limit);
        if (result == -ETIMEDOUT) return -1;
    }
    return 0;
}

// Anybody in the container may stop the child, but only SIGKILL makes it go on from there; nobody there sees the assistant.
static int finish(struct attempt *attempt, int assistant) {
    const struct timespec limit = {.tv_sec = attempt->plan->patience};
    int is_late = await(attempt, &limit) < 0, status = 0;
    if (is_late) {
        int pid = __atomic_load_n(&attempt->pid, __ATOMIC_ACQUIRE);
        quiet_call(SYS_kill, pid > 0 ? pid : assistant, SIGKILL, 0, 0);
        await(attempt, NULL);
    }
    while (waitpid(assistant, &status, 0) < 0 && errno == EINTR) {}
    if (!is_late && WIFEXITED(status)) return 0;
    if (attempt->pid > 0) kill(attempt->pid, SIGKILL);
    return -ETIMEDOUT;
}

pid_t clinux_execute_in_container(struct clinux_container_exec *plan, int *pidfd) {
    struct attempt attempt = {.plan = plan, .pidfd = -1, .is_assisted = 1};
    plan->is_executed = 0;
    // From the container only SIGKILL and SIGSTOP reach the child as long as it is the caller's likeness.
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    int assistant = start(&attempt);
    int result = assistant < 0 ? assistant : finish(&attempt, assistant);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (result == 0 && plan->is_executed) {
        *pidfd = attempt.pidfd;
        return attempt.pid;
    }
    if (attempt.pidfd >= 0) close(attempt.pidfd);
    while (attempt.pid > 0 && waitpid(attempt.pid, NULL, 0) < 0 && errno == EINTR) {}
    return result;
}
