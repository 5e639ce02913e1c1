// Control groups' special calls: see the header for the contracts.
#include "groups.h"

#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

static int checked(long result) { return result < 0 ? -errno : (int)result; }

int clinux_attach_device_program(int cgroup, const void *instructions, uint32_t count) {
    union bpf_attr load;
    memset(&load, 0, sizeof(load));
    load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    load.insns = (uint64_t)(uintptr_t)instructions;
    load.insn_cnt = count;
    load.license = (uint64_t)(uintptr_t) "Apache";
    int program = checked(syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load)));
    if (program < 0) return program;

    union bpf_attr attach;
    memset(&attach, 0, sizeof(attach));
    attach.target_fd = (uint32_t)cgroup;
    attach.attach_bpf_fd = (uint32_t)program;
    attach.attach_type = BPF_CGROUP_DEVICE;
    attach.attach_flags = BPF_F_ALLOW_MULTI;
    int result = checked(syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof(attach)));
    close(program);
    return result;
}

int clinux_eventfd(void) { return checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int clinux_watch_changes(const char *path) {
    int descriptor = checked(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (descriptor < 0) return descriptor;
    if (inotify_add_watch(descriptor, path, IN_MODIFY) >= 0) return descriptor;
    int code = errno;
    close(descriptor);
    return -code;
}

void clinux_drain(int descriptor) {
    char bytes[4096];
    while (read(descriptor, bytes, sizeof(bytes)) > 0) continue;
}

int clinux_mark_directory(const char *path, const char *name) { return checked(setxattr(path, name, "1", 1, 0)); }

int clinux_is_marked(const char *path, const char *name) { return getxattr(path, name, NULL, 0) >= 0 ? 1 : 0; }

int clinux_list_directory(const char *path, void *context, int (*take)(void *context, const char *name, int type)) {
    DIR *stream = opendir(path);
    if (!stream) return -errno;
    for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (take(context, entry->d_name, entry->d_type)) break;
    }
    closedir(stream);
    return 0;
}
