#!/usr/bin/env python3
"""The built program from outside: each malformed file gets its one line.

  hostile_files_test.py PATH-OF-SMTPAUDIT [unittest arguments]     (or SMTPAUDIT_BIN=PATH)
"""
import json
import os
import re
import resource
import struct
import unittest
import zlib

from support import (Case, HEADER, NOW, ROW, SANITIZED, report_text, run)


class HostileFiles(Case):
    def png(self):
        def chunk(kind, data):
            body = kind + data
            return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
        return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
                + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b""))

    def refused(self, name, content, *says, args=()):
        path = self.file(name, content)
        done = run("rank", path, *NOW, *args, "--out", f"json={self.folder / 'run.json'}")
        self.expect_one_line(done, 2)
        self.assertRegex(done.err, rf"(\A|\s){re.escape(str(path))}:\d+:\d+: \S")
        for word in says:
            self.assertRegex(done.err, word)
        self.assertEqual(os.listdir(self.folder), [name], "something was written")
        return done

    def test_a_ragged_row(self):
        self.refused("ragged.csv", report_text(ROW, "2026-11-20,scan1,contoso.com"), r":3:\d+: ")

    def test_a_row_with_too_many_cells(self):
        self.refused("long.csv", report_text(ROW, ROW + ",more"), r":3:\d+: ")

    def test_an_unclosed_quote(self):
        self.refused("quote.csv", report_text(ROW, ROW.replace("scan1", '"scan1')), r":3:\d+: ")

    def test_a_nul_byte(self):
        self.refused("nul.csv", report_text(ROW, ROW.replace("scan1", "sc\0n1")), r":3:\d+: ")

    def test_a_number_that_is_none(self):
        self.refused("number.csv", report_text(ROW, ROW.replace(",3,", ",three,")), r":3:\d+: ")

    def test_a_negative_count(self):
        self.refused("negative.csv", report_text(ROW, ROW.replace(",3,", ",-3,")), r":3:\d+: ")

    def test_a_number_too_big(self):
        self.refused("big.csv", report_text(ROW.replace(",3,", ",99999999999999999999999,")),
                     r":2:\d+: ")

    def test_a_date_that_is_none(self):
        self.refused("date.csv", report_text(ROW.replace("2026-11-20", "2026-02-30")), r":2:\d+: ")

    def test_a_date_of_two_meanings(self):
        self.refused("swap.csv", report_text(ROW.replace("2026-11-20T08:00:00Z", "03/04/2026")),
                     "--date-format")

    def test_a_date_of_two_meanings_is_read_when_told(self):
        path = self.file("swap.csv", report_text(ROW.replace("2026-11-20T08:00:00Z", "03/10/2026")))
        for order, day in (("dmy", "2026-10-03"), ("mdy", "2026-03-10")):
            done = run("rank", path, *NOW, "--date-format", order, "--format", "json")
            self.expect(done, 0)
            self.assertEqual(json.loads(done.out)["accounts"][0]["last_basic"][:10], day)

    def test_a_column_missing(self):
        self.refused("column.csv", report_text(ROW).replace("senderName", "whoever"), "whoever")

    def test_an_empty_file(self):
        self.refused("empty.csv", b"", "empty")

    def test_a_picture(self):
        self.refused("report.csv", self.png(), "(?i)png")

    def test_a_spreadsheet(self):
        self.refused("report.csv", b"PK\x03\x04\x14\0\x06\0\x08\0" + b"\0" * 40 +
                     b"[Content_Types].xml" + b"\0" * 200, r"(?i)xlsx|zip")

    def test_a_message_trace(self):
        self.refused("trace.csv", "Received,SenderAddress,RecipientAddress,Subject,Status,"
                     "MessageTraceId,MessageId,FromIP,ToIP,Size\r\n"
                     "2026-11-20,a@contoso.com,b@contoso.com,x,Delivered,1,2,192.0.2.1,,5\r\n",
                     "(?i)message trace")

    def test_bytes_of_no_encoding(self):
        self.refused("latin.csv", report_text(ROW).encode() + b"2026-11-20,\xff\xfe\xff,x")

    def test_utf16_cut_in_a_character(self):
        self.refused("cut.csv", b"\xff\xfe" + report_text(ROW).encode("utf-16-le")[:-1])

    def test_json_that_is_no_evidence(self):
        self.refused("thing.json", '{"hello": "SENTINEL"}')

    def test_random_bytes(self):
        self.refused("noise.csv", bytes((n * 7919 >> 3) % 256 for n in range(5_000)))

    def test_a_control_character_in_the_name_of_a_file(self):
        done = run("rank", self.folder / "a\x1b[31mb.csv", *NOW)
        self.expect_one_line(done, 2)
        self.assertNotIn("\x1b", done.err)

    def test_a_header_without_rows_is_read_and_said(self):
        done = run("rank", self.file("none.csv", report_text()), *NOW)
        self.expect(done, 0)
        self.assertRegex(done.out + done.err, r"\b0 rows|no rows")

    def test_a_huge_line_ends_bounded(self):
        path = self.file("huge.csv", HEADER + "\r\n" + "x" * (64 << 20))
        def limit():
            resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        # A sanitizer maps terabytes.
        done = run("rank", path, *NOW, preexec_fn=None if SANITIZED else limit)
        self.expect_one_line(done, 2)


if __name__ == "__main__":
    unittest.main()
