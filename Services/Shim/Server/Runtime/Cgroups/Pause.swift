// A short sleep, for the few kernel interfaces that have nothing to wait on.
import Glibc

func pauseMicroseconds(_ count: UInt32) { usleep(count) }
