#include "auth/form.hpp"

#include "support/catch.hpp"

using namespace smtpaudit;

TEST_CASE("a form encodes all but the unreserved characters") {
    Form form;
    form.add("a", "x y&=+/").add("b", "A-z_0.9~").add("c", "");
    CHECK(form.text() == "a=x%20y%26%3D%2B%2F&b=A-z_0.9~&c=");
}

TEST_CASE("a query is decoded into its fields") {
    const auto fields = parse_form("code=a%2Fb+c&state=s&empty=&flag");
    REQUIRE(fields);
    CHECK(*fields == FormFields{{"code", "a/b c"}, {"state", "s"}, {"empty", ""}, {"flag", ""}});
    CHECK(parse_form("")->empty());
    CHECK(parse_form("&&")->empty());
}

TEST_CASE("a query that can be read in two ways is not read") {
    for (const char* bad :
         {"a=1&a=2", "a=%", "a=%4", "a=%zz", "a=%00", "a=%4g", "%=1", "a=%+1", "a=1&%61=2"})
        CHECK_FALSE(parse_form(bad));
}

TEST_CASE("what a form encodes a query gives back") {
    std::string all;
    for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
    Form form;
    form.add("v", all);
    CHECK(parse_form(form.text())->at("v") == all);
}
