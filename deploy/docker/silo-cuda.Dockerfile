# A silo that computes on NVIDIA GPUs. From the repository's root: docker build -f deploy/docker/silo-cuda.Dockerfile -t dinov2-silo-cuda .
# Run it with the NVIDIA container toolkit, which brings the driver's own libraries: docker run --gpus all ...
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
# Nodes need driver 580 or later, and GPUs of compute capability 7.5, 8.0, 8.6, 8.9, 9.0 or 12.0: ONNX Runtime has code for no others.
# ONNX Runtime 1.31 is linked with CUDA 13 (its libonnxruntime_providers_cuda.so needs libcublas.so.13, libcudart.so.13) and with cuDNN 9.
ARG BASE_IMAGE=nvidia/cuda:13.0.2-cudnn-runtime-ubuntu24.04
# .NET is copied from here: the same files, patched the same way, as the other images have, which a self-contained program would carry itself.
# Of the same Ubuntu as the base, since it's linked with that one's libraries.
ARG DOTNET_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled

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
    dotnet restore silo/Dinov2Cluster.Silo -r linux-x64 -p:Accelerator=Cuda
COPY silo silo
# The analyzers have seen this code before: they are continuous integration's. The directories are what a volume takes its owner from.
# ONNX Runtime is most of the image. It goes into a layer of its own, which a change of our code leaves as it is.
RUN --mount=type=cache,target=/root/.nuget/packages \
    dotnet publish silo/Dinov2Cluster.Silo --no-restore -c Release -r linux-x64 --no-self-contained -o /app -p:Accelerator=Cuda \
    -p:UseAppHost=false -p:RunAnalyzers=false -p:GenerateDocumentationFile=false \
    && mkdir -p /volumes/cache /volumes/models /natives \
    && mv /app/libonnxruntime*.so /natives

FROM ${DOTNET_IMAGE} AS dotnet

FROM ${BASE_IMAGE}
WORKDIR /app
COPY --from=dotnet /usr/share/dotnet /usr/share/dotnet
COPY --from=build --chown=1654:1654 /volumes /
COPY LICENSE /licenses/dinov2cluster/
COPY --from=build /natives ./
COPY --from=build /app ./
ENV PATH=/usr/share/dotnet:$PATH \
    DOTNET_RUNNING_IN_CONTAINER=true \
    Devices__0__Kind=Cuda \
    Models__Repository=/models \
    Silo__HttpUrl=http://+:9090 \
    ASPNETCORE_HTTP_PORTS= \
    XDG_CACHE_HOME=/cache \
    DOTNET_EnableDiagnostics=0
EXPOSE 9090 11111 30000
# The same number as in the other images, so that they can share volumes.
USER 1654:1654
# Healthy is a silo whose models are loaded: a checkpoint that is compiled first takes its time.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10m --retries=3 \
    CMD ["dotnet", "Dinov2Cluster.Silo.dll", "--health"]
ENTRYPOINT ["dotnet", "Dinov2Cluster.Silo.dll"]

ARG VERSION=0.1.0
ARG REVISION=
ARG SOURCE=
LABEL org.opencontainers.image.title="dinov2-silo-cuda" \
      org.opencontainers.image.description="Silo of Dinov2Cluster: computes DINOv2 embeddings on NVIDIA GPUs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}"
