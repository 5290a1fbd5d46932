# syntax=docker/dockerfile:1

FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=development
ARG TARGETOS TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /out/phonechatbot ./cmd/phonechatbot \
    && mkdir /out/data

# No shell, no package manager: the binary, with time zones inside it, and the roots to check servers with.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/phonechatbot /phonechatbot
# An empty directory gives a new volume its owner and mode.
COPY --from=build --chown=65532:65532 --chmod=700 /out/data /data
USER 65532:65532
ENV PHONECHATBOT_DATA=/data
VOLUME /data
HEALTHCHECK --interval=30s --timeout=6s --start-period=20s CMD ["/phonechatbot", "healthcheck"]
ENTRYPOINT ["/phonechatbot"]
CMD ["run"]
