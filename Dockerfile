# A static program in an empty image: no shell, no package manager, not root.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
# time/tzdata is compiled in, since the empty image has no time zones.
RUN CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags "-s -w -X main.version=${VERSION}" -o /out/samsyn ./cmd/samsyn \
 && install -d -m 0700 -o 10001 -g 10001 /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/samsyn /samsyn
COPY --from=build --chown=10001:10001 /out/data /data
COPY configs/production.yaml /etc/samsyn.yaml
USER 10001:10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=10s --start-period=60s CMD ["/samsyn", "--config", "/etc/samsyn.yaml", "health"]
ENTRYPOINT ["/samsyn", "--config", "/etc/samsyn.yaml"]
CMD ["serve"]
