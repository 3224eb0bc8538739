#include "sources/json_splitter.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace smtpaudit {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

bool is_list_name(std::string_view key) {
    return equals_ignoring_case(key, "value") || equals_ignoring_case(key, "records");
}

JsonSplitter::JsonSplitter(std::string name, Take on_record, Take on_wrapper)
    : name_(std::move(name)),
      on_record_(std::move(on_record)),
      on_wrapper_(std::move(on_wrapper)) {}

tl::unexpected<Error> JsonSplitter::refuse_at(const TextCursor& at, std::string_view what) const {
    return fail(Errc::input, fmt::format("{}: {}", at_cursor(name_, at), what));
}

const TextCursor& JsonSplitter::here() {
    const std::size_t present = next_ > 0 ? next_ - 1 : 0;
    if (present > walked_) {
        cursor_.advance(block_.substr(walked_, present - walked_));
        walked_ = present;
    }
    return cursor_;
}

Result<void> JsonSplitter::feed(std::string_view block) {
    block_ = block;
    next_ = walked_ = 0;
    while (next_ < block_.size()) {
        if (in_text_) {
            SA_CHECK(take_text());
        } else {
            SA_CHECK(take(block_[next_++]));
        }
    }
    cursor_.advance(block_.substr(walked_));
    block_ = {};
    next_ = walked_ = 0;
    return {};
}

Result<void> JsonSplitter::take(char c) {
    if (depth_ > 0) return in_object(c);
    return in_array_ || in_wrapper_ ? in_list(c) : between(c);
}

Result<void> JsonSplitter::finish() {
    if (depth_ > 0)
        return refuse_at(object_at_, "the file ends in the middle of this record; export it again");
    if (in_array_ || in_wrapper_)
        return refuse_at(cursor_, "the file ends before its list does; export it again");
    return {};
}

// Outside of everything: the beginning, the end, and between the lines of JSON Lines.
Result<void> JsonSplitter::between(char c) {
    if (is_blank(c)) return {};
    if (c == '{') return begin_object();
    if (c != '[')
        return refuse_at(here(), "not JSON: a record or a list of records is expected here");
    in_array_ = true;
    want_ = Want::record_or_end;
    return {};
}

Result<void> JsonSplitter::in_list(char c) {
    if (is_blank(c)) return {};
    if (c == '{' && want_ != Want::separator_or_end) return begin_object();
    if (c == ',' && want_ == Want::separator_or_end) {
        want_ = Want::record;
        return {};
    }
    if (c != ']' || want_ == Want::record)
        return refuse_at(here(), want_ == Want::separator_or_end
                                     ? "not JSON: a comma or the end of the list is expected here"
                                     : "not an export: a record is expected here");
    if (!in_wrapper_) {
        in_array_ = false;
        return {};
    }
    // Back in the object around the list.
    in_wrapper_ = false;
    want_ = array_want_;
    object_ = std::move(wrapper_);
    object_ += ']';
    object_at_ = wrapper_at_;
    wrapper_.clear();
    is_wrapper_ = true;
    depth_ = 1;
    key_begin_ = key_end_ = 0;
    return {};
}

Result<void> JsonSplitter::begin_object() {
    object_at_ = here();
    if (take_whole_) {
        SA_TRY(const std::size_t length, take_whole_(next_ - 1, !in_wrapper_, object_at_));
        if (length > 0) {
            next_ += length - 1;
            after_object();
            return {};
        }
    }
    object_.assign(1, '{');
    is_wrapper_ = false;
    depth_ = 1;
    text_begin_ = text_end_ = key_begin_ = key_end_ = 0;
    return {};
}

bool JsonSplitter::opens_list() const {
    if (depth_ != 1 || in_wrapper_) return false;
    return is_list_name(std::string_view(object_).substr(key_begin_, key_end_ - key_begin_));
}

Result<void> JsonSplitter::in_object(char c) {
    if (c == '[' && opens_list()) {
        wrapper_ = std::move(object_);
        wrapper_ += c;
        wrapper_at_ = object_at_;
        in_wrapper_ = true;
        depth_ = 0;
        array_want_ = want_;
        want_ = Want::record_or_end;
        return {};
    }
    object_ += c;
    SA_CHECK(check_size());
    if (c == '"') {
        in_text_ = true;
        escaped_ = false;
        text_begin_ = object_.size();
    } else if (c == ':' && depth_ == 1) {
        key_begin_ = text_begin_;
        key_end_ = text_end_;
    } else if (c == ',' && depth_ == 1) {
        key_begin_ = key_end_ = 0;
    } else if (c == '{' || c == '[') {
        ++depth_;
    } else if ((c == '}' || c == ']') && --depth_ == 0) {
        return end_object();
    }
    return {};
}

void JsonSplitter::after_object() {
    if (in_array_ || in_wrapper_) want_ = Want::separator_or_end;
}

Result<void> JsonSplitter::end_object() {
    after_object();
    return is_wrapper_ ? on_wrapper_(object_, object_at_) : on_record_(object_, object_at_);
}

Result<void> JsonSplitter::take_text() {
    const std::size_t begin = next_;
    while (next_ < block_.size() && in_text_) {
        const char c = block_[next_++];
        if (escaped_) {
            escaped_ = false;
        } else if (c == '\\') {
            escaped_ = true;
        } else if (c == '"') {
            in_text_ = false;
        }
    }
    object_.append(block_.substr(begin, next_ - begin));
    if (!in_text_) text_end_ = object_.size() - 1;
    return check_size();
}

// A text that is never closed must not fill the memory.
Result<void> JsonSplitter::check_size() const {
    if (object_.size() <= k_json_record_limit) return {};
    return refuse_at(object_at_, "this record is over 1 MiB; is it an export?");
}

}  // namespace smtpaudit
