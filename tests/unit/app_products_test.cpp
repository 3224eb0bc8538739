#include "app/products_file.hpp"
#include "support/catch.hpp"
#include "support/world.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace smtpaudit;
using nlohmann::json;

namespace {

const std::string k_header = "name,words,oauth,note,evidence,as_of\n";

std::string error_of(const std::string& text) {
    test::FakeFiles files;
    files.contents["products.csv"] = text;
    const auto read = read_products(files, "products.csv");
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Errc::input);
    CHECK(read.error().message.find('\n') == std::string::npos);
    return read.error().message;
}

struct ProductsWorld : test::FakeWorld {
    ProductsWorld() {
        files.contents["report.csv"] =
            "date,senderName,senderDomain,authMethod,original_client_ip,tls_version,tls_cipher,"
            "message_count,message_id\n"
            "2026-11-22T10:00:00Z,scan,contoso.com,Basic,203.0.113.7,TLS1.2,x,70,<a>\n";
        files.contents["devices.csv"] = "match,name,class\n203.0.113.7,Ricoh IM C3000,scanner\n";
        files.contents["products.csv"] =
            k_header + "IM series,Ricoh IM,no,the old one,https://example.com/im,2026-11-01\n";
    }
};

}  // namespace

TEST_CASE("a products file is read with every field") {
    test::FakeFiles files;
    files.contents["products.csv"] =
        "oauth;evidence;name;as_of;words\n"
        "YES;https://example.com/a;TASKalfa;2026-11-20; TaskAlfa  3554ci \n";
    const auto read = read_products(files, "products.csv");
    REQUIRE(read);
    REQUIRE(read->size() == 1);
    const Product& product = read->front();
    CHECK(product.name == "TASKalfa");
    CHECK(product.words == std::vector<std::string>{"taskalfa", "3554ci"});
    CHECK(product.does_oauth);
    CHECK(product.note.empty());
    CHECK(product.evidence == "https://example.com/a");
    CHECK(product.as_of == "2026-11-20");
}

TEST_CASE("a row of products that lacks something is one line with its place") {
    const auto row = [](const char* text) { return error_of(k_header + text); };
    CHECK(row(",w,yes,n,https://example.com,2026-11-20\n") ==
          "products.csv:2:1: empty (column \"name\"); the product's name goes here");
    CHECK(row("N, ,yes,n,https://example.com,2026-11-20\n").find("products.csv:2:3: empty") == 0);
    CHECK(row("N,w,maybe,n,https://example.com,2026-11-20\n").find("neither yes nor no") !=
          std::string::npos);
    for (const char* evidence : {"", "the manual", "https://", "ftp://example.com", "www"})
        CHECK(
            row(fmt::format("N,w,no,n,{},2026-11-20\n", evidence).c_str()).find("is no address") !=
            std::string::npos);
    CHECK(row("N,w,no,n,https://example.com,yesterday\n").find("is no day") != std::string::npos);
    CHECK(error_of("name,words,oauth,note,as_of\n").find("\"evidence\" is missing") !=
          std::string::npos);
    CHECK(error_of("name,words,oauth,evidence,as_of,price\n").find("no column \"price\"") !=
          std::string::npos);
}

TEST_CASE("the hints of one's own products stand before the built-in ones") {
    ProductsWorld world;
    REQUIRE(world.run({"rank", "report.csv", "--inventory", "devices.csv", "--products",
                       "products.csv", "--format", "json"}) == 0);
    const json run = json::parse(world.out.text);
    std::vector<std::string> hints;
    for (const json& note : run.at("devices")[0].at("notes"))
        if (note.get<std::string>().starts_with("hint: ")) hints.push_back(note);
    REQUIRE(hints.size() == 2);
    CHECK(hints[0] ==
          "hint: IM series cannot do OAuth for SMTP: the old one (https://example.com/im, as of "
          "2026-11-01)");
    CHECK(hints[1].find("hint: Ricoh multifunction printers can do OAuth") == 0);
}

TEST_CASE("a bad or missing products file ends with 2 and writes nothing") {
    ProductsWorld world;
    world.files.contents["products.csv"] = k_header + "N,w,no,n,,2026-11-20\n";
    const std::vector<std::string> args = {"rank",         "report.csv", "--products",
                                           "products.csv", "--out",      "json=run.json"};
    CHECK(world.run(args) == 2);
    CHECK(world.err.text.find("products.csv:2:") != std::string::npos);
    world.files.contents.erase("products.csv");
    CHECK(world.run(args) == 2);
    CHECK(world.out.text.empty());
    CHECK_FALSE(world.files.contents.contains("run.json"));
}
