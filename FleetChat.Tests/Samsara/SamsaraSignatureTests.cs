using FleetChat.Core.Samsara;
using FleetChat.Tests.Guards;

namespace FleetChat.Tests.Samsara;

public sealed class SamsaraSignatureTests
{
    private const string Secret = "dGVzdC1zZWNyZXQ=";
    private const string Timestamp = "1700000000";

    // Samsara's own published vector.
    private const string Published = "v1=e05d9d1f326a1f8a845d2520d09d45c6b20c1931828bbd1dd3858446e7ae7082";

    [Theory]
    [InlineData(Secret, Timestamp, Published, "test-body", true)]
    [InlineData(Secret, Timestamp, Published, "test-body\n", false)]
    [InlineData(Secret, Timestamp, Published, "test-bodx", false)]
    [InlineData("b3RoZXI=", Timestamp, Published, "test-body", false)]
    [InlineData("not base64!", Timestamp, Published, "test-body", false)]
    [InlineData("", Timestamp, Published, "test-body", false)]
    [InlineData(null, Timestamp, Published, "test-body", false)]
    [InlineData(Secret, "1700000001", Published, "test-body", false)]
    [InlineData(Secret, "", Published, "test-body", false)]
    [InlineData(Secret, "soon", Published, "test-body", false)]
    [InlineData(Secret, null, Published, "test-body", false)]
    [InlineData(Secret, Timestamp, null, "test-body", false)]
    [InlineData(Secret, Timestamp, "", "test-body", false)]
    [InlineData(Secret, Timestamp, "v1=", "test-body", false)]
    [InlineData(Secret, Timestamp, "e05d9d1f326a1f8a845d2520d09d45c6b20c1931828bbd1dd3858446e7ae7082", "test-body", false)]
    [InlineData(Secret, Timestamp, "v1=E05D9D1F326A1F8A845D2520D09D45C6B20C1931828BBD1DD3858446E7AE7082", "test-body", false)]
    [InlineData(Secret, Timestamp, "v1=é05d9d1f326a1f8a845d2520d09d45c6b20c1931828bbd1dd3858446e7ae7082", "test-body", false)]
    [Catches(Guard.Signature)]
    public void Only_the_right_secret_timestamp_and_body_verify(string? secret, string? timestamp, string? header, string body, bool valid)
        => Assert.Equal(valid, new SamsaraSignature().IsValid(secret, timestamp, header, System.Text.Encoding.UTF8.GetBytes(body)));
}
