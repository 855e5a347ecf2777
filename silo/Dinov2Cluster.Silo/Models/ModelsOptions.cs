using System.ComponentModel.DataAnnotations;

namespace Dinov2Cluster.Silo.Models;

/// <summary>Section <c>Models</c>, the silo's part of it.</summary>
public sealed class ModelsOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Models";

    /// <summary>Directory with one subdirectory per model. A Hugging Face checkpoint in it is compiled on first load.</summary>
    [Required]
    public string Repository { get; set; } = "./models";
}
