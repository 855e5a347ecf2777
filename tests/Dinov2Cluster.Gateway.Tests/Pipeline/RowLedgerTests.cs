using CsCheck;
using Dinov2Cluster.Gateway.Pipeline;

namespace Dinov2Cluster.Gateway.Tests.Pipeline;

public sealed class RowLedgerTests
{
    [Fact]
    public void Whatever_the_order_of_completion_the_lowest_failed_row_wins() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[0, 1000]).Sample((rows, seed) =>
        {
            var random = new Random(seed);
            var failures = Enumerable.Range(0, rows).Select(row => random.Next(4) == 0 ? new InvalidOperationException($"{row}") : null).ToArray();
            var ledger = new RowLedger(rows);
            var taken = new List<int>();
            var settled = false;
            while (true)
            {
                if (taken.Count < 4 && ledger.TryTake(out var next))
                {
                    taken.Add(next);
                }
                else if (taken.Count > 0 && !settled)
                {
                    var row = taken[random.Next(taken.Count)];
                    taken.Remove(row);
                    ledger.Complete(row, failures[row]);
                    settled = ledger.IsSettled;
                }
                else
                {
                    break;
                }
            }

            return ReferenceEquals(ledger.Failure, failures.FirstOrDefault(failure => failure is not null))
                && settled == failures.Any(failure => failure is not null);
        });
}
