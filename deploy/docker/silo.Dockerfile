# A silo that computes on CPUs. From the repository's root: docker build -f deploy/docker/silo.Dockerfile -t dinov2-silo .
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
# Chiseled: glibc, libstdc++, OpenSSL, certificates and .NET, which is all that ONNX Runtime needs, without a shell or a package manager.
ARG BASE_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled

FROM ${SDK_IMAGE} AS build
WORKDIR /source
COPY .editorconfig Directory.Build.props Directory.Build.targets Directory.Packages.props global.json ./
COPY eng eng
COPY silo/Dinov2Cluster.Grains/*.csproj silo/Dinov2Cluster.Grains/
COPY silo/Dinov2Cluster.Hosting/*.csproj silo/Dinov2Cluster.Hosting/
COPY silo/Dinov2Cluster.Primitives/*.csproj silo/Dinov2Cluster.Primitives/
COPY silo/Dinov2Cluster.Inference/*.csproj silo/Dinov2Cluster.Inference/
COPY silo/Dinov2Cluster.Model/*.csproj silo/Dinov2Cluster.Model/
COPY silo/Dinov2Cluster.Silo/*.csproj silo/Dinov2Cluster.Silo/
RUN --mount=type=cache,target=/root/.nuget/packages \
    dotnet restore silo/Dinov2Cluster.Silo -r linux-x64
COPY silo silo
# The analyzers have seen this code before: they are continuous integration's. The directories are what a volume takes its owner from.
RUN --mount=type=cache,target=/root/.nuget/packages \
    dotnet publish silo/Dinov2Cluster.Silo --no-restore -c Release -r linux-x64 --no-self-contained -o /app \
    -p:UseAppHost=false -p:RunAnalyzers=false -p:GenerateDocumentationFile=false \
    && mkdir -p /volumes/cache /volumes/models

FROM ${BASE_IMAGE}
WORKDIR /app
COPY --from=build --chown=1654:1654 /volumes /
COPY LICENSE /licenses/dinov2cluster/
COPY --from=build /app ./
ENV Models__Repository=/models \
    Silo__HttpUrl=http://+:9090 \
    ASPNETCORE_HTTP_PORTS= \
    XDG_CACHE_HOME=/cache \
    DOTNET_EnableDiagnostics=0
EXPOSE 9090 11111 30000
# The user "app" of the base image, by number so that Kubernetes can tell that it isn't root.
USER 1654:1654
# Healthy is a silo whose models are loaded: a checkpoint that is compiled first takes its time.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10m --retries=3 \
    CMD ["dotnet", "Dinov2Cluster.Silo.dll", "--health"]
ENTRYPOINT ["dotnet", "Dinov2Cluster.Silo.dll"]

ARG VERSION=0.1.0
ARG REVISION=
ARG SOURCE=
LABEL org.opencontainers.image.title="dinov2-silo" \
      org.opencontainers.image.description="Silo of Dinov2Cluster: computes DINOv2 embeddings on CPUs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
