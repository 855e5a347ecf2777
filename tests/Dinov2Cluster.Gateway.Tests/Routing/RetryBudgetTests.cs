using CsCheck;
using Dinov2Cluster.Gateway.Configuration;
using Dinov2Cluster.Gateway.Routing;
using Microsoft.Extensions.Options;

namespace Dinov2Cluster.Gateway.Tests.Routing;

public sealed class RetryBudgetTests
{
    [Fact]
    public void The_start_covers_one_lost_device_and_no_more()
    {
        var budget = Budget(256);

        Assert.All(Enumerable.Range(0, 32), _ => Assert.True(budget.TryTake(8)));
        Assert.False(budget.TryTake(1));
    }

    [Fact]
    public void Ten_images_earn_one()
    {
        var budget = Budget(8);
        Assert.True(budget.TryTake(8));

        budget.Earn(9);
        Assert.False(budget.TryTake(1));
        budget.Earn(1);
        Assert.True(budget.TryTake(1));
        Assert.False(budget.TryTake(1));
    }

    [Fact]
    public void No_more_is_sent_again_than_the_cap_and_a_tenth() => Gen
        .Select(Gen.Int[0, 50], Gen.Select(Gen.Bool, Gen.Int[1, 8]).List[0, 300])
        .Sample((cap, steps) =>
        {
            var budget = Budget(cap);
            var (sent, resent, refused) = (0, 0, 0);
            foreach (var (again, images) in steps)
            {
                if (!again)
                {
                    budget.Earn(images);
                    sent += images;
                }
                else if (budget.TryTake(images))
                {
                    resent += images;
                }
                else
                {
                    refused++;
                }

                Assert.True(resent <= cap + (sent / 10.0));
            }

            // What was earned can be spent, up to the cap.
            Assert.True(refused > 0 || resent == steps.Where(step => step.Item1).Sum(step => step.Item2));
        });

    [Fact]
    public void A_budget_of_nothing_sends_nothing_again()
    {
        var budget = Budget(0);
        budget.Earn(1000);

        Assert.False(budget.TryTake(1));
    }

    private static RetryBudget Budget(int images) => new(Options.Create(new RoutingOptions { RetryBudgetImages = images }));
}
