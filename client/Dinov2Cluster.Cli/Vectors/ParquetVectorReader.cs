using Dinov2Cluster.Cli.Terminal;
using Parquet;
using Parquet.Data;

namespace Dinov2Cluster.Cli.Vectors;

/// <summary>Reads <c>.parquet</c> with the <see cref="ParquetColumns"/>, one row group at a time.</summary>
internal sealed class ParquetVectorReader : IVectorReader
{
    // A row group is read as a whole: 512 MB.
    private const int MaxNumbersOfGroup = 1 << 27;
    private const int MaxRowsOfGroup = 1 << 22;

    private readonly string _file;
    private readonly ParquetReader _reader;
    private readonly ParquetColumns _columns;
    private string?[] _paths = [];
    private string?[] _models = [];
    private RawColumnData<float>? _embeddings;
    private int _nextGroup;
    private int _row = -1;
    private int _rows;
    private int _dimension;

    private ParquetVectorReader(string file, ParquetReader reader, ParquetColumns columns) => (_file, _reader, _columns) = (file, reader, columns);

    public string Path => _paths[_row] ?? "";

    public string Model => _models[_row] ?? "";

    public ReadOnlySpan<float> Features => _embeddings!.Values.Slice(_row * _dimension, _dimension);

    /// <inheritdoc cref="VectorFile.OpenReaderAsync"/>
    public static async Task<ParquetVectorReader> OpenAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path) && File.Exists(ParquetVectorWriter.JournalOf(path)))
        {
            throw new CommandException($"{path} is incomplete; run the command again that writes it, or read {ParquetVectorWriter.JournalOf(path)}");
        }

        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            var reader = await GuardAsync(path, () => ParquetReader.CreateAsync(stream, leaveStreamOpen: false, cancellationToken: cancellationToken));
            var columns = ParquetColumns.Find(reader.Schema)
                ?? throw new CommandException($"{path} has no columns path (string) and embedding (list of float); name another file");
            return new ParquetVectorReader(path, reader, columns);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _row++;
        while (_row == _rows)
        {
            if (_nextGroup == _reader.RowGroupCount)
            {
                return false;
            }

            await GuardAsync(_file, () => ReadGroupAsync(_nextGroup++, cancellationToken));
            _row = 0;
        }

        return true;
    }

    public ValueTask DisposeAsync()
    {
        _embeddings?.Dispose();
        return _reader.DisposeAsync();
    }

    // The library reports damage with many types of exceptions.
    private static async Task<T> GuardAsync<T>(string file, Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or CommandException))
        {
            throw new CommandException($"{file} is not a Parquet file, or is damaged; name another file", exception);
        }
    }

    private async Task<int> ReadGroupAsync(int index, CancellationToken cancellationToken)
    {
        _embeddings?.Dispose();
        _embeddings = null;
        using var group = _reader.OpenRowGroupReader(index);
        var numbers = group.GetMetadata(_columns.Embedding)?.MetaData?.NumValues ?? 0;
        if (group.RowCount > MaxRowsOfGroup || numbers > MaxNumbersOfGroup)
        {
            throw new CommandException($"{_file} has a row group of {group.RowCount} rows and {numbers} numbers; write it with row groups of at most {MaxNumbersOfGroup} numbers");
        }

        _rows = (int)group.RowCount;
        _paths = new string?[_rows];
        _models = new string?[_rows];
        await group.ReadAsync(_columns.Path, _paths.AsMemory(), cancellationToken: cancellationToken);
        if (_columns.Model is { } model)
        {
            await group.ReadAsync(model, _models.AsMemory(), cancellationToken: cancellationToken);
        }

        _embeddings = (RawColumnData<float>)await group.ReadRawColumnDataBaseAsync(_columns.Embedding, cancellationToken);
        CheckRows(_embeddings);
        return _rows;
    }

    /// <summary>Every row must have the same number of numbers: then row n starts at n times the dimension.</summary>
    private void CheckRows(RawColumnData<float> embeddings)
    {
        if (_rows == 0)
        {
            return;
        }

        var starts = embeddings.RepetitionLevels;
        var values = embeddings.Values.Length;
        _dimension = _dimension == 0 ? values / _rows : _dimension;
        // An empty or null list, and a null in a list, have a level but no value.
        var even = _dimension is > 0 and <= VectorFile.MaxDimension && values == (long)_rows * _dimension && starts.Length == values;
        for (var i = 0; even && i < values; i++)
        {
            even = starts[i] == 0 == (i % _dimension == 0);
        }

        if (!even)
        {
            throw new CommandException($"{_file} has embeddings that are not all of one length; fix it or name another file");
        }
    }
}
