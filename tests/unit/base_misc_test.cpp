#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/secret.hpp"

#include "support/catch.hpp"
#include "support/fakes.hpp"

#include <type_traits>

using namespace smtpaudit;

TEST_CASE("digests agree with their published examples") {
    Sha256 digest;
    digest.update("a");
    digest.update("bc");
    CHECK(digest.finish() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(name_uuid("a") == name_uuid("a"));
    CHECK(name_uuid("a") != name_uuid("b"));
    CHECK(name_uuid("a")[14] == '5');
}

TEST_CASE("a secret wipes the text it was made from and cannot be copied") {
    std::string text = "a password that is long enough to live on the heap";
    const Secret secret(std::move(text));
    CHECK(text.empty());  // NOLINT(bugprone-use-after-move)
    CHECK(secret.reveal().starts_with("a password"));
    CHECK_FALSE(std::is_copy_constructible_v<Secret>);
    CHECK(secret.clone().reveal() == secret.reveal());
}

TEST_CASE("a random UUID is of version 4") {
    test::FakeRandom random;
    CHECK(random_uuid(random) == "00010203-0405-4607-8809-0a0b0c0d0e0f");
    const double unit = random_unit(random);
    CHECK(unit >= 0);
    CHECK(unit < 1);
}

TEST_CASE("the log prints no control character and keeps quiet when asked") {
    test::TextSink sink;
    Log quiet(sink, LogLevel::quiet, false);
    quiet.note("not shown");
    quiet.error("a\x1b[2J\nb");
    CHECK(sink.text ==
          "smtpaudit: error: a\xEF\xBF\xBD[2J\xEF\xBF\xBD"
          "b\n");
    sink.text.clear();
    Log json(sink, LogLevel::normal, true);
    json.note("say \"hi\" \\");
    CHECK(sink.text == "{\"level\":\"note\",\"message\":\"say \\\"hi\\\" \\\\\"}\n");
}
