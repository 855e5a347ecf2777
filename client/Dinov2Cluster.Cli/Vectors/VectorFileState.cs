using System.Numerics.Tensors;
using Dinov2Cluster.Cli.Terminal;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>The content of a vector file: its paths, and the one model and dimension of all its vectors.</summary>
internal sealed class VectorFileState(string file)
{
    public DoneSet Done { get; } = new();

    /// <summary>Null while the file has no vector.</summary>
    public string? Model { get; private set; }

    /// <summary>Numbers per vector; null while the file has none.</summary>
    public int? Dimension { get; private set; }

    /// <summary>Checks a new vector, and adds its path; false when the path exists.</summary>
    /// <exception cref="CommandException">Another model or dimension, or an invalid vector.</exception>
    public bool Add(string path, string model, ReadOnlySpan<float> features) =>
        !features.IsEmpty && features.Length <= VectorFile.MaxDimension && TensorPrimitives.IsFiniteAll(features)
            ? Add(path, model, features.Length)
            : throw new CommandException($"{file}: the features of {path} are not a vector of 1 to {VectorFile.MaxDimension} finite numbers");

    /// <summary>Checks a row against the earlier rows, and adds its path; false when the path exists.</summary>
    /// <exception cref="CommandException">Another model or dimension.</exception>
    public bool Add(string path, string model, int dimension)
    {
        if ((Model ?? model) != model)
        {
            throw new CommandException($"{file} holds features of the model '{Model}', not '{model}'; name another file");
        }

        if ((Dimension ?? dimension) != dimension)
        {
            throw new CommandException($"{file} holds vectors of {Dimension} numbers, not {dimension}; name another file");
        }

        (Model, Dimension) = (model, dimension);
        return Done.Add(path);
    }
}
