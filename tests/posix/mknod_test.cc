// SPDX-License-Identifier: Apache-2.0
// mknod, mkfifo, and the use of fifos, sockets and device nodes that live in the file system.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "tests/posix/case.h"
#include "tests/posix/vocabulary.h"

namespace sheen::posix {
namespace {

sockaddr_un address_of(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  return address;
}

int bind_to(int fd, const char* path) {
  const sockaddr_un address = address_of(path);
  return bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

int connect_to(int fd, const char* path) {
  const sockaddr_un address = address_of(path);
  return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

int stream_socket() { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); }

CASE(mknod, makes_every_type) {
  OK(mknod("f", S_IFREG | 0640, 0));
  OK(mknod("p", S_IFIFO | 0641, 0));
  OK(mknod("s", S_IFSOCK | 0642, 0));
  OK(mknod("c", S_IFCHR | 0643, makedev(1, 3)));
  OK(mknod("b", S_IFBLK | 0644, makedev(7, 200)));
  IS(type_of("f") + mode_of("f"), "file0640");
  IS(type_of("p") + mode_of("p"), "fifo0641");
  IS(type_of("s") + mode_of("s"), "socket0642");
  IS(type_of("c") + mode_of("c"), "char0643");
  IS(type_of("b") + mode_of("b"), "block0644");
}

CASE(mknod, without_a_type_makes_a_file) {
  OK(mknod("f", 0644, 0));
  IS(type_of("f"), "file");
}

CASE(mknod, keeps_device_numbers) {
  OK(mknod("a", S_IFCHR | 0644, makedev(1, 3)));
  OK(mknod("b", S_IFBLK | 0644, makedev(4095, 0xfffff)));
  OK(mknod("c", S_IFCHR | 0644, makedev(300, 70000)));
  HOLDS(info("a").st_rdev == makedev(1, 3));
  HOLDS(info("b").st_rdev == makedev(4095, 0xfffff));
  HOLDS(info("c").st_rdev == makedev(300, 70000));
}

CASE(mknod, of_a_directory_is_EPERM) { FAILS(EPERM, mknod("d", S_IFDIR | 0755, 0)); }

CASE(mknod, of_a_symlink_is_EINVAL) { FAILS(EINVAL, mknod("l", S_IFLNK | 0777, 0)); }

CASE(mknod, of_an_existing_name_is_EEXIST) {
  file("f");
  OK(symlink("nowhere", "l"));
  FAILS(EEXIST, mknod("f", S_IFREG | 0644, 0));
  FAILS(EEXIST, mkfifo("f", 0644));
  FAILS(EEXIST, mknod("l", S_IFREG | 0644, 0));
  FAILS(EEXIST, mknod(".", S_IFIFO | 0644, 0));
}

CASE(mknod, of_devices_is_for_root) {
  as(kAlice, [] {
    FAILS(EPERM, mknod("c", S_IFCHR | 0644, makedev(1, 3)));
    FAILS(EPERM, mknod("b", S_IFBLK | 0644, makedev(7, 0)));
    OK(mknod("p", S_IFIFO | 0644, 0));
    OK(mknod("s", S_IFSOCK | 0644, 0));
    OK(mknod("f", S_IFREG | 0644, 0));
  });
  IS(owner_of("p"), "2001:2001");
}

CASE(mknod, without_write_permission_is_EACCES) {
  directory("d", 0755);
  as(kAlice, [] {
    FAILS(EACCES, mknod("d/f", S_IFREG | 0644, 0));
    FAILS(EACCES, mkfifo("d/p", 0644));
  });
}

CASE(mknod, in_a_missing_directory_is_ENOENT) {
  FAILS(ENOENT, mknod("d/f", S_IFREG | 0644, 0));
  FAILS(ENOENT, mkfifo("", 0644));
}

CASE(mknod, with_a_trailing_slash_is_ENOENT) {
  FAILS(ENOENT, mknod("f/", S_IFREG | 0644, 0));
  FAILS(ENOENT, mkfifo("p/", 0644));
}

CASE(mknod, mknodat_is_relative_to_its_directory) {
  directory("d");
  const int dir = OK(open("d", O_RDONLY));
  OK(mknodat(dir, "p", S_IFIFO | 0644, 0));
  IS(type_of("d/p"), "fifo");
}

CASE(fifo, carries_bytes_between_processes) {
  OK(mkfifo("p", 0644));
  const pid_t pid = start([] {
    const int fd = OK(open("p", O_WRONLY));
    IS(write(fd, "through", 7), 7);
  });
  const int fd = OK(open("p", O_RDONLY));
  IS(read_next(fd, 100), "through");
  finish(pid);
  IS(read_next(fd, 100), "");
}

CASE(fifo, nonblocking_without_data_is_EAGAIN) {
  OK(mkfifo("p", 0644));
  const int fd = OK(open("p", O_RDWR | O_NONBLOCK));
  char byte = 0;
  FAILS(EAGAIN, read(fd, &byte, 1));
  IS(write(fd, "x", 1), 1);
  IS(read_next(fd, 5), "x");
}

CASE(fifo, without_reader_is_EPIPE) {
  OK(mkfifo("p", 0644));
  const int reader = OK(open("p", O_RDONLY | O_NONBLOCK));
  const int writer = OK(open("p", O_WRONLY));
  OK(close(reader));
  FAILS(EPIPE, write(writer, "x", 1));
}

CASE(fifo, has_size_0_however_much_is_in_it) {
  OK(mkfifo("p", 0644));
  const int fd = OK(open("p", O_RDWR));
  IS(write(fd, "abc", 3), 3);
  IS(size_of("p"), 0);
}

CASE(fifo, works_after_unlink) {
  OK(mkfifo("p", 0644));
  const int fd = OK(open("p", O_RDWR));
  OK(unlink("p"));
  IS(write(fd, "abc", 3), 3);
  IS(read_next(fd, 5), "abc");
}

CASE(fifo, two_names_are_one_fifo) {
  OK(mkfifo("p", 0644));
  OK(link("p", "q"));
  const int a = OK(open("p", O_RDWR));
  const int b = OK(open("q", O_RDWR));
  IS(write(a, "abc", 3), 3);
  IS(read_next(b, 5), "abc");
}

CASE(fifo, opening_blocks_until_the_other_side_comes) {
  OK(mkfifo("p", 0644));
  FAILS(EINTR, interrupted([] { return open("p", O_RDONLY); }));
}

CASE(fifo, needs_permission) {
  OK(mkfifo("p", 0600));
  as(kAlice, [] { FAILS(EACCES, open("p", O_RDWR)); });
}

CASE(unix_socket, binds_and_carries_bytes) {
  const int listener = stream_socket();
  OK(bind_to(listener, "s"));
  IS(type_of("s"), "socket");
  OK(listen(listener, 1));
  const pid_t pid = start([] {
    const int fd = stream_socket();
    OK(connect_to(fd, "s"));
    IS(write(fd, "hello", 5), 5);
  });
  const int fd = static_cast<int>(OK(accept(listener, nullptr, nullptr)));
  IS(read_next(fd, 10), "hello");
  finish(pid);
}

CASE(unix_socket, binding_an_existing_name_is_EADDRINUSE) {
  file("f");
  FAILS(EADDRINUSE, bind_to(stream_socket(), "f"));
  OK(bind_to(stream_socket(), "s"));
  FAILS(EADDRINUSE, bind_to(stream_socket(), "s"));
}

CASE(unix_socket, connecting_to_nobody_is_ECONNREFUSED) {
  OK(mknod("s", S_IFSOCK | 0777, 0));
  FAILS(ECONNREFUSED, connect_to(stream_socket(), "s"));
  file("f");
  FAILS(ECONNREFUSED, connect_to(stream_socket(), "f"));
  FAILS(ENOENT, connect_to(stream_socket(), "x"));
}

CASE(unix_socket, connecting_needs_write_permission) {
  const int listener = stream_socket();
  OK(bind_to(listener, "s"));
  OK(listen(listener, 1));
  OK(chmod("s", 0700));
  as(kAlice, [] { FAILS(EACCES, connect_to(stream_socket(), "s")); });
  OK(chmod("s", 0777));
  as(kAlice, [] { OK(connect_to(stream_socket(), "s")); });
}

CASE(unix_socket, the_mode_follows_the_umask) {
  umask(027);
  OK(bind_to(stream_socket(), "s"));
  IS(mode_of("s"), "0750");
}

CASE(unix_socket, can_be_renamed_and_still_be_reached) {
  const int listener = stream_socket();
  OK(bind_to(listener, "s"));
  OK(listen(listener, 1));
  OK(rename("s", "t"));
  OK(connect_to(stream_socket(), "t"));
  FAILS(ENOENT, connect_to(stream_socket(), "s"));
}

CASE(device, null_swallows_and_zero_gives) {
  OK(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
  OK(mknod("zero", S_IFCHR | 0666, makedev(1, 5)));
  const int null_fd = OK(open("null", O_RDWR));
  IS(write(null_fd, "abc", 3), 3);
  IS(read_next(null_fd, 10), "");
  const int zero_fd = OK(open("zero", O_RDONLY));
  IS(read_next(zero_fd, 4), std::string(4, '\0'));
}

CASE(device, without_a_driver_is_ENXIO) {
  OK(mknod("c", S_IFCHR | 0666, makedev(4000, 1)));
  OK(mknod("b", S_IFBLK | 0666, makedev(4000, 1)));
  FAILS(ENXIO, open("c", O_RDONLY));
  FAILS(ENXIO, open("b", O_RDONLY));
}

CASE(device, needs_permission) {
  OK(mknod("null", S_IFCHR | 0600, makedev(1, 3)));
  as(kAlice, [] { FAILS(EACCES, open("null", O_RDONLY)); });
}

}  // namespace
}  // namespace sheen::posix
