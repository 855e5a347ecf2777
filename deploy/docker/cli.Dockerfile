# The command line: pulls and compiles models, embeds images. From the repository's root: docker build -f deploy/docker/cli.Dockerfile -t dinov2-cli .
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
# Chiseled: glibc, libstdc++, OpenSSL, certificates and .NET, without a shell or a package manager. The same base as the hosts': one download for all.
ARG BASE_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled

FROM ${SDK_IMAGE} AS build
WORKDIR /source
COPY .editorconfig Directory.Build.props Directory.Build.targets Directory.Packages.props global.json ./
COPY eng eng
COPY client/Dinov2Cluster.Cli/*.csproj client/Dinov2Cluster.Cli/
COPY client/Dinov2Cluster.Client/*.csproj client/Dinov2Cluster.Client/
COPY silo/Dinov2Cluster.Model/*.csproj silo/Dinov2Cluster.Model/
RUN --mount=type=cache,target=/root/.nuget/packages \
    dotnet restore client/Dinov2Cluster.Cli -r linux-x64
COPY client client
COPY silo/Dinov2Cluster.Model silo/Dinov2Cluster.Model
# The analyzers have seen this code before: they are continuous integration's. The directories are what a volume takes its owner from.
RUN --mount=type=cache,target=/root/.nuget/packages \
    dotnet publish client/Dinov2Cluster.Cli --no-restore -c Release -r linux-x64 --no-self-contained -o /app \
    -p:UseAppHost=false -p:RunAnalyzers=false -p:GenerateDocumentationFile=false \
    && mkdir -p /volumes/cache /volumes/models

FROM ${BASE_IMAGE}
# ./models, where the commands look for models and put them, is then the volume /models.
WORKDIR /
COPY --from=build --chown=1654:1654 /volumes /
COPY LICENSE /licenses/dinov2cluster/
COPY --from=build /app /app
ENV XDG_CACHE_HOME=/cache \
    DOTNET_EnableDiagnostics=0
# The user "app" of the base image, by number so that Kubernetes can tell that it isn't root.
USER 1654:1654
# A command that ends by itself: there is nothing to ask whether it is well.
HEALTHCHECK NONE
ENTRYPOINT ["dotnet", "/app/dinov2.dll"]

ARG VERSION=0.1.0
ARG REVISION=
ARG SOURCE=
LABEL org.opencontainers.image.title="dinov2-cli" \
      org.opencontainers.image.description="Command line of Dinov2Cluster: pulls and compiles models, embeds images, watches a cluster" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
