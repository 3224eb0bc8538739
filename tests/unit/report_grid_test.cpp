#include "report/grid.hpp"
#include "support/catch.hpp"

using namespace smtpaudit;

TEST_CASE("columns are as wide as their cells and wide characters count twice") {
    Grid grid({{"ID"}, {"N", true}});
    grid.measure({"機械", "1"});
    grid.measure({"abc", "1,000"});
    CHECK(grid.heading() == " ID        N\n");
    CHECK(grid.line({"機械", "1"}) == " 機械      1\n");
    CHECK(grid.line({"abc", "1,000"}) == " abc   1,000\n");
    CHECK(grid.line({"e\xCC\x81", "2"}) == " e\xCC\x81         2\n");
}

TEST_CASE("columns give way in the order of the steps") {
    Grid grid({{"A"}, {"B"}, {"C"}});
    const Grid::Cells cells = {"aaaaaaaa", "bbbbbbbb", "cc"};
    grid.measure(cells);
    Grid narrower = grid;
    grid.fit(20, {{1, 4}, {0, 4}});
    CHECK(grid.line(cells) == " aaaaaaaa  bbbb…  cc\n");
    narrower.fit(16, {{1, 4}, {0, 4}});
    CHECK(narrower.line(cells) == " aaaa…  bbb…  cc\n");
}

TEST_CASE("a dropped column leaves its room to the others") {
    Grid grid({{"A"}, {"B"}, {"C"}});
    const Grid::Cells cells = {"aaaaaaaa", "bbbbbbbb", "cccc"};
    grid.measure(cells);
    grid.fit(16, {{1, 4}, {0, 4}, {2, 0}});
    CHECK(grid.heading() == " A         B\n");
    CHECK(grid.line(cells) == " aaaaaaaa  bbbb…\n");
}

TEST_CASE("colour does not count as width") {
    Grid grid({{"A"}, {"B"}});
    grid.measure({"aaaa", "b"});
    CHECK(grid.line({"aa", "b"}, 0, "31") == " \x1B[31maa\x1B[0m    b\n");
}
