using System.IO.Compression;
using Parquet;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>Writes a complete <c>.parquet</c> file with the <see cref="ParquetColumns"/>, in row groups of about 4 MB.</summary>
internal sealed class ParquetRowWriter : IAsyncDisposable
{
    private const int MaxNumbers = 1 << 20;
    private const int MaxRows = 1 << 14;

    private readonly ParquetWriter _writer;
    private readonly List<string> _paths = [];
    private readonly List<string> _models = [];
    private float[] _features = [];
    private int[] _definitions = [];
    private int[] _repetitions = [];
    private int _dimension;
    private int _capacity;

    private ParquetRowWriter(ParquetWriter writer) => _writer = writer;

    public static async Task<ParquetRowWriter> CreateAsync(Stream stream, CancellationToken cancellationToken)
    {
        // Features don't compress; paths do, and Snappy costs almost nothing.
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Snappy, CompressionLevel = CompressionLevel.Fastest };
        return new ParquetRowWriter(await ParquetWriter.CreateAsync(ParquetColumns.Schema, stream, options, cancellationToken: cancellationToken));
    }

    /// <summary>Appends the reader's current row.</summary>
    public async Task AppendAsync(IVectorReader row, CancellationToken cancellationToken)
    {
        Buffer(row);
        if (_paths.Count == _capacity)
        {
            await FlushAsync(cancellationToken);
        }
    }

    /// <summary>Writes the appended rows as a row group.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_paths.Count == 0)
        {
            return;
        }

        var fields = ParquetColumns.Schema.DataFields;
        var count = _paths.Count * _dimension;
        using var group = _writer.CreateRowGroup();
        await group.WriteAsync(fields[0], _paths);
        await group.WriteAllPartsAsync<float>(fields[1], _features.AsMemory(0, count), _definitions.AsMemory(0, count), _repetitions.AsMemory(0, count), cancellationToken);
        await group.WriteAsync(fields[2], _models);
        group.CompleteValidate();
        _paths.Clear();
        _models.Clear();
    }

    /// <summary>Writes the footer.</summary>
    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private void Buffer(IVectorReader row)
    {
        if (_dimension == 0)
        {
            _dimension = row.Features.Length;
            _capacity = Math.Clamp(MaxNumbers / _dimension, 1, MaxRows);
            _features = new float[_capacity * _dimension];
            _definitions = new int[_features.Length];
            _repetitions = new int[_features.Length];
            Array.Fill(_definitions, ParquetColumns.Schema.DataFields[1].MaxDefinitionLevel);
            for (var i = 0; i < _repetitions.Length; i++)
            {
                _repetitions[i] = i % _dimension == 0 ? 0 : 1;
            }
        }

        row.Features.CopyTo(_features.AsSpan(_paths.Count * _dimension, _dimension));
        _paths.Add(row.Path);
        _models.Add(row.Model);
    }
}
