using System.ComponentModel.DataAnnotations;
using Dinov2Cluster.Model.Compiler;

namespace Dinov2Cluster.Silo.Models;

/// <summary>The silo's part of section <c>Models</c>.</summary>
public sealed class ModelRepositoryOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Models";

    /// <summary>Directory with one subdirectory per model. A Hugging Face checkpoint in it is compiled on first load.</summary>
    [Required]
    public string Repository { get; set; } = "./models";

    /// <summary>
    /// What a checkpoint is compiled to. Null picks it by the device: see <see cref="DevicePrecision.DefaultOf"/>. A compiled model is
    /// served unchanged.
    /// </summary>
    [EnumDataType(typeof(Precision))]
    public Precision? Precision { get; set; }

    /// <summary>
    /// Compiles checkpoints so that they give patch tokens, for the outputs <c>cls_mean</c> and <c>patch_tokens</c>. A compiled model
    /// is served unchanged, with or without them.
    /// </summary>
    public bool PatchTokens { get; set; }
}
