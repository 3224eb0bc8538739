#include "app/status_line.hpp"

#include "support/catch.hpp"
#include "support/fakes.hpp"

using namespace smtpaudit;

TEST_CASE("a line that stays takes the line of progress away first") {
    test::TextSink sink;
    {
        StatusLine status(sink, true, 20);
        status.show("sign-ins: page 3");
        REQUIRE(status.write("a note\n"));
        REQUIRE(status.write("another\n"));
        status.show("a very long line of progress");
    }
    CHECK(sink.text ==
          "\r\033[Ksign-ins: page 3\r\033[Ka note\nanother\n\r\033[Ka very long line o…\r\033[K");
}

TEST_CASE("progress that is not shown writes nothing") {
    test::TextSink sink;
    {
        StatusLine status(sink, false, 0);
        status.show("sign-ins: page 3");
        REQUIRE(status.write("a note\n"));
    }
    CHECK(sink.text == "a note\n");
}
