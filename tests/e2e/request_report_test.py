#!/usr/bin/env python3
"""request-report and the settings of scan: the built program against the fake tenant.

  request_report_test.py PATH-OF-SMTPAUDIT PATH-OF-FAKE-TENANT [unittest arguments]
"""
import json
import shutil
import threading
import unittest

from support import Case
from scan_test import FakeTenant, without

REPORTS = {"AZURE_CLIENT_ID": "b0b0b0b0-1111-4222-8333-555555555555",
           "AZURE_CLIENT_SECRET": "contoso-report-secret"}
NOTIFY = ("--notify", "mailops@contoso.com")
PAGE = "https://admin.exchange.microsoft.com/#/reports/smtpauthmailflowdetails"


def exchange(**settings):
    def change(spec):
        spec["exchange"] = settings
    return change


class RequestReport(Case):
    def request(self, tenant, *args, **env):
        return tenant.run("request-report", *args, **{**REPORTS, **env})

    def check_only_the_allowed(self, tenant):
        asked = [r for r in tenant.requests() if r["method"] != "CONNECT"]
        self.assertEqual({r["violation"] for r in asked}, {""})
        self.assertLessEqual({r["host"] for r in asked},
                             {"login.microsoftonline.com", "outlook.office365.com"})

    def test_a_report_is_started_waited_for_and_its_link_printed(self):
        tenant = FakeTenant(self, change=exchange(job_polls=2))
        done = self.request(tenant, *NOTIFY, "--days", "3", "--every", "5")
        self.expect(done, 0)
        self.assertRegex(done.out, r"(?m)^[0-9a-f-]{36}  done +[0-9,]+  \d{4}-\d\d-\d\d to .*"
                                   r"https://admin\.protection\.outlook\.com/ExtendedReport/")
        self.assertIn("not read-only", done.err)
        self.assertNotIn("contoso-report-secret", done.out + done.err)
        self.check_only_the_allowed(tenant)

    def test_the_files_are_ranked_as_they_arrive(self):
        folder = self.folder / "downloads"
        folder.mkdir()
        tenant = FakeTenant(self, "--write-reports", folder, change=exchange(job_polls=2))
        done = self.request(tenant, *NOTIFY, "--days", "2", "--slice", "day", "--every", "5",
                            "--watch", folder, "--format", "json")
        self.expect(done, 0)
        report = json.loads(done.out)
        self.assertEqual(report["accounts"][0]["id"], "erp@contoso.com")
        self.assertIn("203.0.113.40", {row["id"] for row in report["devices"]})
        self.assertEqual(report["coverage"][0]["source"], "smtp_auth_report")
        self.assertIn("2 of 2 files are here", done.err)
        self.check_only_the_allowed(tenant)

    def test_a_watched_folder_that_vanishes_is_one_line(self):
        folder = self.folder / "downloads"
        folder.mkdir()
        tenant = FakeTenant(self, change=exchange(job_polls=1000))
        timer = threading.Timer(3, shutil.rmtree, [folder])
        timer.start()
        self.addCleanup(timer.join)
        done = self.request(tenant, *NOTIFY, "--days", "1", "--every", "5", "--watch", folder, "-q")
        self.expect_one_line(done, 2)
        self.assertIn("the watched folder is gone", done.err)
        self.assertIn("--job", done.err)

    def test_a_type_that_is_refused_points_to_the_button(self):
        tenant = FakeTenant(self, change=exchange(has_smtp_report=False))
        done = self.request(tenant, *NOTIFY, "-q")
        self.expect_one_line(done, 5)
        self.assertIn("is not documented", done.err)
        self.assertIn(PAGE, done.err)

    def test_an_application_that_only_reads_may_not_start_a_report(self):
        tenant = FakeTenant(self)
        done = tenant.run("request-report", *NOTIFY, "-q")
        self.expect_one_line(done, 4)
        self.assertIn("not allowed to run Get-HistoricalSearch", done.err)
        self.assertIn(PAGE, done.err)

    def test_doctor_and_scan_never_ask_for_the_role(self):
        tenant = FakeTenant(self)
        for command in (("doctor",), ("scan", "--window", "1")):
            done = tenant.run(*command)
            self.assertNotIn("HistoricalSearch", done.out + done.err)
        self.assertEqual({r["violation"] for r in tenant.requests()}, {""})


class Settings(Case):
    def states(self, tenant, code=0):
        done = tenant.run("scan", "--window", "1", "--format", "json")
        self.expect(done, code)
        return {row["source"]: row for row in json.loads(done.out)["coverage"]}

    def test_a_scan_reads_the_settings(self):
        states = self.states(FakeTenant(self))
        for source in ("transport_config", "cas_mailboxes", "mailboxes", "exchange_users",
                       "authentication_policies", "organization_config", "inbound_connectors",
                       "accepted_domains", "security_defaults", "conditional_access",
                       "directory_roles", "mfa_registration"):
            self.assertEqual(states[source]["state"], "complete", states[source])

    def test_a_permission_taken_away_is_unavailable(self):
        for permission, source in (("Exchange.ManageAsApp", "cas_mailboxes"),
                                   ("Policy.Read.All", "conditional_access"),
                                   ("RoleManagement.Read.Directory", "directory_roles")):
            with self.subTest(permission=permission):
                states = self.states(FakeTenant(self, change=without(permission)))
                self.assertEqual(states[source]["state"], "unavailable")
                self.assertIn(permission, states[source]["reason"])

    def test_a_role_taken_away_costs_its_command_alone(self):
        def change(spec):
            spec["apps"][0]["cmdlets"].remove("Get-CASMailbox")
        states = self.states(FakeTenant(self, change=change))
        self.assertEqual(states["cas_mailboxes"]["state"], "unavailable")
        self.assertIn("Get-CASMailbox", states["cas_mailboxes"]["reason"])
        self.assertEqual(states["mailboxes"]["state"], "complete")


if __name__ == "__main__":
    unittest.main()
