# The gateway. From the repository's root: docker build -f deploy/docker/gateway.Dockerfile -t dinov2-gateway .
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
# Chiseled: glibc, libstdc++, OpenSSL, certificates and .NET, without a shell or a package manager. libvips brings the rest of what it needs.
ARG BASE_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled

FROM ${SDK_IMAGE} AS build
WORKDIR /source
COPY .editorconfig Directory.Build.props Directory.Build.targets Directory.Packages.props global.json ./
COPY eng eng
COPY gateway/Dinov2Cluster.Gateway/*.csproj gateway/Dinov2Cluster.Gateway/
COPY gateway/Dinov2Cluster.Imaging/*.csproj gateway/Dinov2Cluster.Imaging/
COPY silo/Dinov2Cluster.Grains/*.csproj silo/Dinov2Cluster.Grains/
COPY silo/Dinov2Cluster.Hosting/*.csproj silo/Dinov2Cluster.Hosting/
COPY silo/Dinov2Cluster.Primitives/*.csproj silo/Dinov2Cluster.Primitives/
RUN --mount=type=cache,target=/root/.nuget/packages \
    dotnet restore gateway/Dinov2Cluster.Gateway -r linux-x64
COPY client/Dinov2Cluster.Client/Protos client/Dinov2Cluster.Client/Protos
COPY gateway gateway
COPY silo/Dinov2Cluster.Grains silo/Dinov2Cluster.Grains
COPY silo/Dinov2Cluster.Hosting silo/Dinov2Cluster.Hosting
COPY silo/Dinov2Cluster.Primitives silo/Dinov2Cluster.Primitives
# The analyzers have seen this code before: they are continuous integration's.
RUN --mount=type=cache,target=/root/.nuget/packages \
    dotnet publish gateway/Dinov2Cluster.Gateway --no-restore -c Release -r linux-x64 --no-self-contained -o /app \
    -p:UseAppHost=false -p:RunAnalyzers=false -p:GenerateDocumentationFile=false

FROM ${BASE_IMAGE}
WORKDIR /app
COPY LICENSE /licenses/dinov2cluster/
COPY --from=build /app ./
ENV ASPNETCORE_URLS=http://+:8080 \
    ASPNETCORE_HTTP_PORTS= \
    Gateway__GrpcUrl=http://+:8081 \
    Gateway__ManagementUrl=http://+:8082 \
    DOTNET_EnableDiagnostics=0
# Beside loopback it listens to callers that have keys: without any, and without Auth__Mode=Off, it doesn't start.
EXPOSE 8080 8081 8082
# The user "app" of the base image, by number so that Kubernetes can tell that it isn't root.
USER 1654:1654
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["dotnet", "Dinov2Cluster.Gateway.dll", "--health"]
ENTRYPOINT ["dotnet", "Dinov2Cluster.Gateway.dll"]

ARG VERSION=0.1.0
ARG REVISION=
ARG SOURCE=
LABEL org.opencontainers.image.title="dinov2-gateway" \
      org.opencontainers.image.description="Gateway of Dinov2Cluster: takes images over HTTP and gRPC, prepares them, and sends them to the silos" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
