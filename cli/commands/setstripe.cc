// SPDX-License-Identifier: Apache-2.0
// sheen setstripe PATH: the layout of a new or empty file, or a directory's default for new files.
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/context.h"
#include "cli/deadline.h"
#include "cli/layout_path.h"
#include "lib/base/unique_fd.h"

namespace sheen::cli {
namespace {

struct Arguments {
  StripeHint hint;
  bool remove = false;
  std::string path;
};

// As `lfs setstripe`: a file that is not there is made.
Outcome<bool> make_if_absent(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) return false;
  // Not before it is known to be on a mount of ours.
  SHEEN_TRY(mount_of_parent(path));
  const UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!fd.good()) return complain(errno_error(errno, "cannot be created"), path);
  return true;
}

ExitOutcome set(const Context& context, const Arguments& arguments) {
  const std::string& path = arguments.path;
  if (arguments.remove != arguments.hint.empty())
    return usage(arguments.remove ? "--delete goes without a layout" : "no layout is given",
                 "give --count, --size or --start-ost, or --delete for a directory");
  SHEEN_TRY(check_hint(arguments.hint));
  bool created = false;
  if (!arguments.remove) {
    SHEEN_ASSIGN(created, make_if_absent(path));
  }
  SHEEN_ASSIGN(const LayoutPath found, find_layout_path(path));
  const bool directory = S_ISDIR(found.mode);
  if (!directory && !S_ISREG(found.mode))
    return Complaint{kExitFailed, "only files and directories have a layout", path, {}};
  if (arguments.remove && !directory)
    return Complaint{kExitFailed, "a file's layout cannot be deleted", path, "delete the file"};

  const Outcome<void> done =
      arguments.remove ? remove_default_layout(found.real_path)
                       : set_layout(found.real_path, directory ? kDefaultLayoutXattr : kLayoutXattr,
                                    arguments.hint);
  if (!done) {
    if (created) ::unlink(found.real_path.c_str());
    Complaint complaint = done.error();
    complaint.target = path;
    return complaint;
  }
  print(context, Json::object().set("path", path).set("created", created), "");
  return kExitOk;
}

}  // namespace

void add_setstripe(CLI::App& app, Context& context) {
  auto* command =
      app.add_subcommand("setstripe", "the layout of an empty file, the default of a directory");
  auto arguments = std::make_shared<Arguments>();
  command->add_option(
      "-c,--count,--stripe-count", arguments->hint.count,
      "how many OSTs, or as many as there are, if that is less; -1: all, 0: the default");
  command->add_option("-S,--size,--stripe-size", arguments->hint.size,
                      "bytes on one OST before the next: 64k to 1g, a multiple of 64k");
  command->add_option("-i,--start-ost,--stripe-index", arguments->hint.start,
                      "index of the first OST; -1: the MDT chooses");
  command->add_flag("-d,--delete", arguments->remove, "delete a directory's default");
  command->add_option("PATH", arguments->path, "a new or empty file, or a directory")->required();
  command->callback([&context, arguments] {
    context.action = [&context, arguments] {
      return run_on_mount(context, arguments->path,
                          [&context, arguments](SignOfLife&) { return set(context, *arguments); });
    };
  });
}

}  // namespace sheen::cli
