// What the parent of processes needs: signals as a descriptor, children, pipes, locks. Functions return -errno on failure.
#ifndef CLINUX_SUPERVISION_H
#define CLINUX_SUPERVISION_H

#include <stdint.h>
#include <sys/types.h>

/// Blocks the signals and returns a non-blocking, close-on-exec descriptor that reports them.
int clinux_signal_descriptor(const int *signals, int count);

/// Takes one signal from the descriptor; 0 when there is none, the signal's number otherwise.
int clinux_take_signal(int descriptor);

/// A non-blocking, close-on-exec descriptor that becomes readable by `clinux_wake` and stays so until `clinux_wake_take`.
int clinux_wake_descriptor(void);
void clinux_wake(int descriptor);
void clinux_wake_take(int descriptor);

/// Reaps any child without waiting. Returns its pid, 0 when none has ended, -ECHILD when there are none.
pid_t clinux_reap(int *status);

/// A close-on-exec pipe, both ends blocking: [0] reads, [1] writes.
int clinux_pipe(int descriptors[2]);

/// Makes room for so many bytes in a pipe; returns how many it has room for now.
int clinux_set_pipe_size(int descriptor, int bytes);

/// Bytes that can be read at once.
int clinux_readable_bytes(int descriptor);

/// Takes the exclusive lock of an open file without waiting: -EWOULDBLOCK when somebody holds it.
int clinux_lock(int descriptor);

/// Sends without waiting and without SIGPIPE.
ssize_t clinux_send_some(int socket, const void *bytes, size_t count);

/// How much of what was sent the peer hasn't read yet, or over a network hasn't acknowledged. Counts buffers, not bytes, of a Unix socket.
int clinux_unread_bytes(int socket);

/// Receives without waiting; 0 at the end of the stream.
ssize_t clinux_receive_some(int socket, void *bytes, size_t capacity);

/// 1 for a stream socket, 0 for anything else.
int clinux_is_stream_socket(int descriptor);

/// Gives memory that was freed back to the kernel.
void clinux_trim_heap(void);

/// Bounds the heap to one arena and returns what is freed early: for processes of which there are many.
void clinux_use_small_heap(void);

/// For a process of many threads: free memory is found again by all of them, and given back to the kernel.
void clinux_use_few_arenas(void);

#endif
