/* A disk that fails on demand. Loaded before libc into a process under test (LD_PRELOAD); the file named by SANGYU_SHIM says
 * what fails next, in one line:
 *
 *     <write|sync> <errno> <skip> <times> <part of the path>
 *
 * After `skip` calls on such a file, `times` calls fail with that errno (-1: all of them). A new line, known by the file's
 * inode and time, starts the count anew; an empty file lets everything pass. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct { char what[8]; int code; long skip; long times; char path[128]; } order;
static struct timespec read_at;
static ino_t read_of;

static void reread(void) {
    const char *file = getenv("SANGYU_SHIM");
    struct stat now;
    if (!file || stat(file, &now) != 0) { order.what[0] = 0; return; }
    if (now.st_ino == read_of && now.st_mtim.tv_sec == read_at.tv_sec && now.st_mtim.tv_nsec == read_at.tv_nsec) return;
    read_of = now.st_ino;
    read_at = now.st_mtim;
    order.what[0] = 0;
    FILE *in = fopen(file, "r");
    if (!in) return;
    if (fscanf(in, "%7s %d %ld %ld %127s", order.what, &order.code, &order.skip, &order.times, order.path) != 5) order.what[0] = 0;
    fclose(in);
}

static int fails(const char *what, int fd) {
    int saved = errno, code = 0;
    pthread_mutex_lock(&lock);
    reread();
    if (strcmp(order.what, what) == 0) {
        char link[64], path[512];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, path, sizeof path - 1);
        path[length < 0 ? 0 : length] = 0;
        if (strstr(path, order.path)) {
            if (order.skip > 0) order.skip--;
            else if (order.times != 0) { code = order.code; if (order.times > 0) order.times--; }
        }
    }
    pthread_mutex_unlock(&lock);
    errno = saved;
    return code;
}

#define REAL(name, ...) ((__VA_ARGS__)dlsym(RTLD_NEXT, name))
#define FAIL(what, fd) do { int code = fails(what, fd); if (code) { errno = code; return -1; } } while (0)

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    FAIL("write", fd);
    return REAL("pwrite", ssize_t (*)(int, const void *, size_t, off_t))(fd, bytes, count, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    FAIL("write", fd);
    return REAL("pwrite64", ssize_t (*)(int, const void *, size_t, off64_t))(fd, bytes, count, at);
}
ssize_t write(int fd, const void *bytes, size_t count) {
    FAIL("write", fd);
    return REAL("write", ssize_t (*)(int, const void *, size_t))(fd, bytes, count);
}
int fsync(int fd) {
    FAIL("sync", fd);
    return REAL("fsync", int (*)(int))(fd);
}
int fdatasync(int fd) {
    FAIL("sync", fd);
    return REAL("fdatasync", int (*)(int))(fd);
}
