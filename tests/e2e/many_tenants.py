"""Several fake tenants at once, each a process with its own authority, limits, app and secret, and
the settings file and environment for them. For the end-to-end test and the measurement."""
import json
import pathlib

from scan_test import CLIENT, FakeTenant
from support import TIMEOUT, environment, run

ID = "c0c0c0c0-aaaa-4bbb-8ccc-%012d"


class Corner:
    """A folder of a test for one tenant, with what FakeTenant asks a test for."""

    def __init__(self, case, name):
        self.folder = case.folder / name
        self.folder.mkdir()
        self.addCleanup = case.addCleanup

    def file(self, name, content):
        path = self.folder / name
        path.write_text(content)
        return path


def spec_of(number, more):
    def change(spec):
        text = json.dumps(spec).replace("contoso.com", f"t{number:02d}.com")
        text = text.replace("contoso.onmicrosoft.com", f"t{number:02d}.onmicrosoft.com")
        spec.clear()
        spec.update(json.loads(text))
        spec["id"] = ID % number
        spec["name"] = f"Tenant {number}"
        spec["apps"][0]["secrets"] = [f"secret-of-{number}"]
        spec["sign_ins"]["seed"] += number
        if more:
            more(number, spec)
    return change


class ManyTenants:
    """`change(number, spec)` may alter a tenant; `secrets` what the program is told instead of the
    true one, by number."""

    def __init__(self, case, count, *options, change=None, secrets=None, settings=""):
        self.names = [f"t{number:02d}" for number in range(count)]
        self.tenants = []
        self.secrets = {}
        config = [f'[sign-in]\nclient-id = "{CLIENT}"\n{settings}']
        for number, name in enumerate(self.names):
            tenant = FakeTenant(Corner(case, name), *options, change=spec_of(number, change))
            self.tenants.append(tenant)
            secret = (secrets or {}).get(number, f"secret-of-{number}")
            self.secrets[f"AZURE_CLIENT_SECRET_{name.upper()}"] = secret
            config.append(f'[tenant.{name}]\ntenant = "{name}.onmicrosoft.com"\n'
                          f'proxy = "http://127.0.0.1:{tenant.proxy}"\n'
                          f'ca-bundle = "{tenant.ca}"\n')
        self.config = pathlib.Path(case.folder / "config.toml")
        self.config.write_text("\n".join(config))

    def environment(self, **changes):
        return environment(LC_ALL="C.UTF-8", **{**self.secrets, **changes})

    def run(self, command, *args, timeout=TIMEOUT, **changes):
        return run(command, "--config", self.config, *args, env=self.environment(**changes),
                   timeout=timeout)
