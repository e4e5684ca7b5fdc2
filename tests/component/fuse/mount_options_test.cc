// SPDX-License-Identifier: Apache-2.0
// mount.sheen understands what mount(8) and fstab give it, and refuses the rest in one line.
#include "client-fuse/mount_options.h"
#include "client-fuse/remount.h"

#include <sys/mount.h>
#include <boost/test/unit_test.hpp>

namespace sheen::fuse {
namespace {

Result<MountOptions> parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"mgs:/demo", "/mnt"});
  return parse_mount_arguments(arguments);
}

std::string refusal(const std::string& options) {
  const auto parsed = parse({"-o", options});
  BOOST_REQUIRE(!parsed);
  BOOST_TEST(static_cast<uint32_t>(parsed.error().code()) == static_cast<uint32_t>(Errc::kInvalid));
  return parsed.error().detail();
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_mount_calls_is_understood) {
  const auto options = parse_mount_arguments(
      {"a:b:/demo", "/mnt/x", "-sv", "-n", "-o", "rw,noatime", "-t", "sheen"});
  BOOST_REQUIRE(options);
  BOOST_TEST(options->spec == "a:b:/demo");
  BOOST_TEST(options->directory == "/mnt/x");
  BOOST_TEST(options->verbose);
  BOOST_TEST(!options->foreground);
  BOOST_TEST(options->mount_flags == static_cast<unsigned long>(MS_NOATIME));
}

BOOST_AUTO_TEST_CASE(suid_and_dev_are_allowed_unless_refused_and_the_last_word_counts) {
  BOOST_TEST(parse({})->mount_flags == 0UL);
  BOOST_TEST(parse({"-o", "nosuid,nodev,noexec,ro"})->mount_flags ==
             static_cast<unsigned long>(MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY));
  BOOST_TEST(parse({"-o", "ro,rw,nosuid,suid"})->mount_flags == 0UL);
}

BOOST_AUTO_TEST_CASE(options_of_fstab_and_systemd_are_ignored) {
  const auto options =
      parse({"-o",
             "defaults,_netdev,nofail,noauto,x-systemd.automount,x-systemd.requires=a.service,"
             "user=root,comment=hello,relatime,allow_other"});
  BOOST_REQUIRE(options);
  BOOST_TEST(options->mount_flags == 0UL);
  BOOST_TEST(options->remarks.empty());
}

BOOST_AUTO_TEST_CASE(our_own_options_are_read) {
  const auto options = parse({"--foreground", "-omgsport=7999,retry=5", "-o",
                              "loglevel=debug,logfile=/tmp/l,pidfile=/tmp/p,spin=20,checksum,"
                              "read_ahead_kb=1024,blackbox=/tmp"});
  BOOST_REQUIRE(options);
  BOOST_TEST(options->foreground);
  BOOST_TEST(options->mgs_port == 7999U);
  BOOST_TEST(options->retry_seconds == 5U);
  BOOST_TEST((options->log_level == log::Level::kDebug));
  BOOST_TEST(options->log_file == "/tmp/l");
  BOOST_TEST(options->pid_file == "/tmp/p");
  BOOST_TEST(options->blackbox_directory == "/tmp");
  BOOST_TEST(options->spin_us == 20U);
  BOOST_TEST(options->read_ahead_kb == 1024U);
  BOOST_TEST(options->checksum);
}

BOOST_AUTO_TEST_CASE(f_is_mount_8s_and_mounts_nothing) {
  const auto options = parse({"-fsv", "-o", "nonsense"});
  BOOST_REQUIRE(options);
  BOOST_TEST(options->fake);
  BOOST_TEST(!options->foreground);
  BOOST_TEST(options->verbose);
}

BOOST_AUTO_TEST_CASE(a_security_context_keeps_its_commas) {
  const auto options = parse({"-o", "context=\"system_u:object_r:tmp_t:s0:c1,c2\",ro"});
  BOOST_REQUIRE(options);
  BOOST_TEST(options->security_context == ",context=\"system_u:object_r:tmp_t:s0:c1,c2\"");
  BOOST_TEST(options->mount_flags == static_cast<unsigned long>(MS_RDONLY));
}

BOOST_AUTO_TEST_CASE(an_unknown_option_is_refused_by_name_unless_sloppy) {
  BOOST_TEST(refusal("ro,stripes=4") == "unknown mount option 'stripes=4'");
  BOOST_TEST(refusal("checksum=1") == "unknown mount option 'checksum=1'");
  BOOST_TEST(parse({"-s", "-o", "stripes=4"}).has_value());
}

BOOST_AUTO_TEST_CASE(bad_values_are_refused) {
  BOOST_TEST(refusal("mgsport=0") == "option mgsport=0: not a number from 1 to 65535");
  BOOST_TEST(refusal("mgsport=70000") == "option mgsport=70000: not a number from 1 to 65535");
  BOOST_TEST(refusal("retry=soon") == "option retry=soon: not a number from 1 to 86400");
  BOOST_TEST(refusal("retry") == "option retry=: not a number from 1 to 86400");
  BOOST_TEST(refusal("loglevel=chatty").find("chatty") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_source_that_is_shown_has_the_port_that_an_option_gave) {
  const auto shown = [](const char* spec, const std::string& option) {
    auto options = parse_mount_arguments({spec, "/mnt", "-o", option});
    BOOST_REQUIRE(options);
    BOOST_REQUIRE(take_spec(*options).has_value());
    return options->spec;
  };
  BOOST_TEST(shown("mgs1:mgs2:7000:/demo", "mgsport=17988") == "mgs1:17988:mgs2:7000:/demo");
  BOOST_TEST(shown("mgs1:17988:/demo", "ro") == "mgs1:17988:/demo");
  // As fstab has it, where there is nothing to add: mount(8) compares.
  BOOST_TEST(shown("mgs1:7988:/demo", "mgsport=7988") == "mgs1:7988:/demo");
  auto options = parse_mount_arguments({"17988:/demo", "/mnt"});
  BOOST_TEST(!take_spec(*options).has_value());
}

BOOST_AUTO_TEST_CASE(a_remount_takes_what_mount_repeats_of_the_mount_that_is_there) {
  const auto options =
      parse({"-o",
             "rw,nosuid,relatime,user_id=0,group_id=0,default_permissions,allow_other,seclabel,"
             "remount,ro"});
  BOOST_REQUIRE(options);
  BOOST_TEST(options->remount);
  BOOST_TEST(options->mount_flags == static_cast<unsigned long>(MS_NOSUID | MS_RDONLY));
  BOOST_TEST(!parse({"-o", "ro"})->remount);
  BOOST_TEST(refusal("user_id=0") == "unknown mount option 'user_id=0'");
}

BOOST_AUTO_TEST_CASE(a_remount_changes_flags_and_nothing_that_is_the_clients) {
  const auto running = parse({"-o", "noatime,mgsport=7000,retry=5"});
  const auto why_not = [&](const std::string& options) {
    const Status status = check_remount(*parse({"-o", "remount," + options}), *running);
    return status ? "" : status.error().detail();
  };
  BOOST_TEST(why_not("ro,nosuid") == "");
  // fstab's options once more.
  BOOST_TEST(why_not("noatime,mgsport=7000,retry=5,_netdev,ro") == "");
  BOOST_TEST(why_not("ro,retry=6") ==
             "retry=6 cannot be changed by a remount: unmount and mount again");
  BOOST_TEST(why_not("checksum") != "");
  BOOST_TEST(why_not("atime") ==
             "noatime and nodiratime cannot be changed by a remount: unmount and mount again");
  // The client is not known: nothing can be compared.
  BOOST_TEST(check_remount(*parse({"-o", "remount,ro,noatime"}), std::nullopt).has_value());
  BOOST_TEST(!check_remount(*parse({"-o", "remount,retry=5"}), std::nullopt).has_value());
}

BOOST_AUTO_TEST_CASE(wrong_usage_is_refused) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"mgs:/demo"},
                                                    {"mgs:/demo", "/mnt", "/mnt2"},
                                                    {"mgs:/demo", "/mnt", "-o"},
                                                    {"mgs:/demo", "/mnt", "-q"},
                                                    {"mgs:/demo", "/mnt", "--wrong"}})
    BOOST_TEST(!parse_mount_arguments(arguments).has_value());
}

}  // namespace sheen::fuse
