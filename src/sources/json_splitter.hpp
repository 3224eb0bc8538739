// Cuts a stream of JSON into its records, so that a file of gigabytes needs the memory of one.
// Understood: records one after another (JSON Lines), an array of records, Graph answers
// {"value":[…]} and diagnostic-settings lots {"records":[…]}, one or many, also in an array.
#pragma once

#include "sources/decode.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace smtpaudit {

constexpr std::size_t k_json_record_limit = std::size_t{1024} * 1024;

// "value" and "records", in any case: the names of lists of records.
bool is_list_name(std::string_view key);

class JsonSplitter {
public:
    // `on_record`: the text of one object, whole but not checked. `on_wrapper`: the same for an
    // object around records, after them, with its list emptied; of such a one the cursor tells only
    // where it begins. `name` is for messages.
    using Take = std::function<Result<void>(std::string_view text, const TextCursor& at)>;
    JsonSplitter(std::string name, Take on_record, Take on_wrapper);

    // A shortcut, tried first where an object begins: `offset` of it in the block that is fed, and
    // whether a list of records may be in it. It has taken the record and gives its length, or 0:
    // nothing was done, read it the long way.
    using TakeWhole = std::function<Result<std::size_t>(std::size_t offset, bool may_hold_list,
                                                        const TextCursor& at)>;
    void set_shortcut(TakeWhole take_whole) { take_whole_ = std::move(take_whole); }

    // Blocks of any size. Errc::input with name:line:column where the structure is broken.
    Result<void> feed(std::string_view block);
    // The end of the stream: everything must be closed.
    Result<void> finish();
    // Both, with every block that a TextDecoder or a JsonBlocks has.
    template <typename Blocks>
    Result<void> read_all(Blocks& blocks) {
        for (;;) {
            SA_TRY(const std::string_view block, blocks.next());
            if (block.empty()) return finish();
            SA_CHECK(feed(block));
        }
    }

private:
    enum class Want : std::uint8_t { record, record_or_end, separator_or_end };

    Result<void> take(char c);
    Result<void> between(char c);
    Result<void> in_list(char c);
    Result<void> in_object(char c);
    Result<void> end_object();
    void after_object();
    // Takes characters of a text up to and with the closing quote.
    Result<void> take_text();
    Result<void> check_size() const;
    Result<void> begin_object();
    bool opens_list() const;
    // Where the present character stands.
    const TextCursor& here();
    tl::unexpected<Error> refuse_at(const TextCursor& at, std::string_view what) const;

    std::string name_;
    Take on_record_, on_wrapper_;
    TakeWhole take_whole_;

    std::string object_;  // the object being read
    TextCursor object_at_;
    bool is_wrapper_ = false;  // the object had a list of records in it
    std::size_t depth_ = 0;  // of the object; 0: none is being read
    bool in_text_ = false, escaped_ = false;
    std::size_t text_begin_ = 0, text_end_ = 0;  // the last text of the object, without quotes
    std::size_t key_begin_ = 0, key_end_ = 0;  // the last key of its first level

    bool in_array_ = false;  // of the top level
    bool in_wrapper_ = false;  // in the list of one
    std::string wrapper_;  // what is around the list so far
    TextCursor wrapper_at_;
    Want want_ = Want::record_or_end;  // in a list
    Want array_want_ = Want::record_or_end;  // of the array around a wrapper

    std::string_view block_;
    std::size_t next_ = 0;  // in the block
    TextCursor cursor_;  // behind the first `walked_` bytes of the block
    std::size_t walked_ = 0;
};

}  // namespace smtpaudit
