# smtpaudit in a container: built in one stage, installed as its Debian package in the next, run by
# a user without rights.
#   docker build -t smtpaudit .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/data" smtpaudit rank reports/ --store none
# Neither image nor container is built where the project is tested, because there is no Docker
# there. Both stages do what scripts/package and scripts/check-package do, and those are.
FROM debian:bookworm AS build
WORKDIR /src
COPY . .
RUN scripts/package && mv build/package/smtpaudit_*.deb /smtpaudit.deb

FROM debian:bookworm-slim
COPY --from=build /smtpaudit.deb /tmp/smtpaudit.deb
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates /tmp/smtpaudit.deb \
    && rm -rf /var/lib/apt/lists/* /tmp/smtpaudit.deb \
    && useradd --system --uid 65532 --user-group --create-home --shell /usr/sbin/nologin smtpaudit
USER 65532:65532
WORKDIR /data
ENTRYPOINT ["smtpaudit"]
