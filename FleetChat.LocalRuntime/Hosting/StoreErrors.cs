using System.Text;
using Npgsql;

namespace FleetChat.LocalRuntime.Hosting;

internal static class StoreErrors
{
    /// <summary>Whether it lies in what was to be stored, such as a text with a NUL: trying again can't help, and others are not to blame.</summary>
    public static bool IsOfData(Exception exception) => exception switch
    {
        PostgresException refused => refused.SqlState.StartsWith("22", StringComparison.Ordinal) || refused.SqlState.StartsWith("54", StringComparison.Ordinal),
        EncoderFallbackException => true,
        _ => exception.InnerException is EncoderFallbackException,
    };
}
