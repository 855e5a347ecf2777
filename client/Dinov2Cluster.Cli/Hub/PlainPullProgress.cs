using System.Globalization;

namespace Dinov2Cluster.Cli.Hub;

/// <summary>Progress as lines, where there is no terminal: one when a file begins, and one every ten seconds.</summary>
internal sealed class PlainPullProgress(TextWriter output, TimeProvider time) : IPullProgress
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private string _file = "";
    private long _size;
    private long _done;
    private long _came;
    private long _began;
    private long _said;

    public void Begin(string file, long size, long left)
    {
        (_file, _size, _done, _came) = (file, size, left, 0);
        _began = _said = time.GetTimestamp();
        output.WriteLine(left > 0 ? $"{file}: {ByteSize.Format(size)}, going on after {ByteSize.Format(left)}" : $"{file}: {ByteSize.Format(size)}");
    }

    public void Advance(long bytes)
    {
        _done += bytes;
        _came += bytes;
        if (time.GetElapsedTime(_said) < Period)
        {
            return;
        }

        _said = time.GetTimestamp();
        var rate = _came / time.GetElapsedTime(_began).TotalSeconds;
        var left = TimeSpan.FromSeconds(Math.Min((_size - _done) / Math.Max(rate, 1), TimeSpan.FromDays(99).TotalSeconds));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{_file}: {100 * _done / Math.Max(_size, 1)} % of {ByteSize.Format(_size)}, {ByteSize.Format((long)rate)}/s, {left:d\\.hh\\:mm\\:ss} left"));
    }

    public void Restart()
    {
        (_done, _came, _began) = (0, 0, time.GetTimestamp());
        output.WriteLine($"{_file}: begins anew");
    }
}
