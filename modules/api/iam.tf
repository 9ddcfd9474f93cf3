data "aws_partition" "current" {}

# The role of API Gateway itself, for all APIs of the account in the region.
resource "aws_iam_role" "logging" {
  count = var.manage_account_logging ? 1 : 0

  name        = "${var.name}-api-logs"
  description = "Lets API Gateway write the logs of all APIs"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "ApiGatewayLogsAsThis"
      Effect    = "Allow"
      Principal = { Service = "apigateway.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "logging" {
  count = var.manage_account_logging ? 1 : 0

  role       = aws_iam_role.logging[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}
