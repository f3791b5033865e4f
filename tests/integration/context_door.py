# SPDX-License-Identifier: Apache-2.0
"""A site whose applications have contexts and names of their own."""

from client import Browser


class Door:
    """The way into a site by the name of one of its contexts."""

    def __init__(self, site, context, name):
        self.site, self.context, self.name = site, context, name

    def __getattr__(self, name):
        return getattr(self.site, name)

    @property
    def host(self):
        return f"{self.name}:{self.port}"

    @property
    def origin(self):
        return f"{self.scheme}://{self.host}"

    @property
    def cookie(self):
        return f"gatehouse_{self.context}"

    def browser(self, **more):
        return Browser(self, **more)
