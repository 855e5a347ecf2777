namespace Dinov2Cluster.Imaging.Resizing;

/// <summary>Keys' cubic convolution kernel with a = -0.5, in the form (and so with the rounding) that Pillow evaluates it.</summary>
internal static class BicubicFilter
{
    /// <summary>The kernel is zero at this distance and beyond.</summary>
    public const double Support = 2.0;

    private const double A = -0.5;

    public static double Evaluate(double x)
    {
        x = Math.Abs(x);
        if (x < 1.0)
        {
            return ((((A + 2.0) * x) - (A + 3.0)) * x * x) + 1;
        }

        return x < 2.0 ? ((((((x - 5) * x) + 8) * x) - 4) * A) : 0.0;
    }
}
